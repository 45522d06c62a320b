import { installRuntime } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** Claude Code, installed when it is not there; `args` are arguments of its own, as a YAML flow sequence. */
export async function claudeCode(args = '[]'): Promise<RuntimeYaml> {
  const program = await installRuntime('claude-code')
  return ({ home, workspace, modelUrl }) => `
kind: claude-code
command: ${program}
workspace_path: ${workspace}
home_path: ${home}
args: ${args}
inherit_env: [PATH]
env:
  ANTHROPIC_BASE_URL: ${modelUrl}
  ANTHROPIC_API_KEY: dummy
  CLAUDE_CODE_MAX_RETRIES: "1"
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1"
  DISABLE_AUTOUPDATER: "1"
  DISABLE_TELEMETRY: "1"
  DISABLE_ERROR_REPORTING: "1"`
}
