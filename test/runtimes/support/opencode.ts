import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installRuntime } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** OpenCode by ACP, installed when it is not there. */
export async function opencode(): Promise<RuntimeYaml> {
  const program = await installRuntime('opencode')
  return async ({ home, workspace, modelUrl }) => {
    const folder = join(home, '.config', 'opencode')
    await mkdir(folder, { recursive: true })
    const fake = {
      npm: '@ai-sdk/openai-compatible',
      name: 'Fake',
      options: { baseURL: `${modelUrl}/v1`, apiKey: 'dummy' },
      models: { 'fake-1': { name: 'Fake 1', tool_call: true } },
    }
    const config = {
      model: 'fake/fake-1',
      small_model: 'fake/fake-1',
      autoupdate: false,
      share: 'disabled',
      provider: { fake },
    }
    await writeFile(join(folder, 'opencode.json'), JSON.stringify(config))
    return `
kind: acp
command: ${program}
args: [acp]
workspace_path: ${workspace}
inherit_env: [PATH]
env: { HOME: "${home}" }`
  }
}
