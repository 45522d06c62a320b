import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installPi } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** Pi, installed when it is not there. */
export async function pi(): Promise<RuntimeYaml> {
  const program = await installPi()
  return async ({ home, workspace, modelUrl }) => {
    const folder = join(home, '.pi', 'agent')
    await mkdir(folder, { recursive: true })
    const fake = {
      baseUrl: `${modelUrl}/v1`,
      apiKey: 'dummy',
      api: 'openai-completions',
      models: [{ id: 'fake-1' }],
    }
    await writeFile(join(folder, 'models.json'), JSON.stringify({ providers: { fake } }))
    const settings = { defaultProvider: 'fake', defaultModel: 'fake-1' }
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
    return `
kind: pi
command: ${program}
workspace_path: ${workspace}
inherit_env: [PATH]
env: { HOME: "${home}", PI_OFFLINE: "1", PI_SKIP_VERSION_CHECK: "1", PI_TELEMETRY: "0" }`
  }
}
