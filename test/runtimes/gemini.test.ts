import { until } from '../support/condition.ts'
import { describeRuntime } from './contract.ts'
import { installRuntime } from './support/install.ts'

const program = await installRuntime('gemini')

/** Gemini CLI names the file of a session by the minute: loading it in the minute it began empties it. */
async function untilNextMinute(): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000)
  const now = minute()
  await until(() => minute() > now, 'the next minute', 61_000)
}

// The model is named, because `auto` asks the model which model to ask.
describeRuntime({
  name: 'gemini by acp',
  runtime: ({ home, workspace, modelUrl }) => `
kind: acp
command: ${program}
args: [--acp, -m, gemini-2.5-pro]
workspace_path: ${workspace}
inherit_env: [PATH]
env:
  HOME: ${home}
  GEMINI_API_KEY: dummy
  GOOGLE_GEMINI_BASE_URL: ${modelUrl}
  GEMINI_TELEMETRY_ENABLED: "false"`,
  processName: 'gemini',
  untilKept: untilNextMinute,
})
