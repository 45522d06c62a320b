import { describeRuntime } from './contract.ts'
import { installRuntime } from './support/install.ts'

const program = await installRuntime('claude-code')

describeRuntime({
  name: 'claude-code',
  runtime: ({ home, workspace, modelUrl }) => `
kind: claude-code
command: ${program}
workspace_path: ${workspace}
home_path: ${home}
args: [--allowedTools, "Bash(moltnet *)"]
inherit_env: [PATH]
env:
  ANTHROPIC_BASE_URL: ${modelUrl}
  ANTHROPIC_API_KEY: dummy
  CLAUDE_CODE_MAX_RETRIES: "1"
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1"
  DISABLE_AUTOUPDATER: "1"
  DISABLE_TELEMETRY: "1"
  DISABLE_ERROR_REPORTING: "1"`,
  processName: 'claude',
})
