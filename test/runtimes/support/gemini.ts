import { installRuntime } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** Gemini CLI by ACP, installed when it is not there. The model is named, because `auto` asks which one to ask. */
export async function gemini(): Promise<RuntimeYaml> {
  const program = await installRuntime('gemini')
  return ({ home, workspace, modelUrl }) => `
kind: acp
command: ${program}
args: [--acp, -m, gemini-2.5-pro]
workspace_path: ${workspace}
inherit_env: [PATH]
env:
  HOME: ${home}
  GEMINI_API_KEY: dummy
  GOOGLE_GEMINI_BASE_URL: ${modelUrl}
  GEMINI_TELEMETRY_ENABLED: "false"`
}
