import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installRuntime } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** Codex, installed when it is not there; `args` are arguments of its own, as a YAML flow sequence. */
export async function codex(args = '[]'): Promise<RuntimeYaml> {
  const program = await installRuntime('codex')
  return async ({ home, workspace, modelUrl }) => {
    await writeFile(
      join(home, 'config.toml'),
      `model = "fake-1"
model_provider = "fake"
approval_policy = "never"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.fake]
name = "Fake"
base_url = "${modelUrl}/v1"
env_key = "FAKE_KEY"
wire_api = "responses"
`,
    )
    return `
kind: codex
command: ${program}
workspace_path: ${workspace}
home_path: ${home}
args: ${args}
inherit_env: [PATH]
env: { FAKE_KEY: dummy }`
  }
}
