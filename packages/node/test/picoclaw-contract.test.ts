import { mkdirSync, writeFileSync } from 'node:fs'
import { describeAdapter } from './adapter-contract.ts'
import { scriptScene } from './support/program-scene.ts'
import { serverScene } from './support/server-scene.ts'

describeAdapter({
  name: 'picoclaw by its gateway',
  open: ({ folder }) =>
    serverScene(folder, {
      script: 'fake-picoclaw-gateway.ts',
      options: { token: 'secret' },
      runtime: (port) => ({
        kind: 'picoclaw',
        events_url: `ws://127.0.0.1:${port}/pico/ws`,
        token: 'secret',
      }),
    }),
  hasText: true,
  hasSessions: false,
  crash: 'failed',
  missing:
    /^no PicoClaw gateway answers at ws:.* start it with `picoclaw gateway`, or set runtime.events_url$/,
})

describeAdapter({
  name: 'picoclaw by its command line',
  open({ folder }) {
    const program = folder.join('fakes', 'picoclaw')
    const config = folder.join('work', 'pico.json')
    mkdirSync(folder.join('work'), { recursive: true })
    writeFileSync(config, JSON.stringify({ agents: { defaults: { workspace: folder.join('pico') } } }))
    return scriptScene(program, 'fake-picoclaw.ts', { kind: 'picoclaw', config_path: config })
  },
  hasText: true,
  floodHidesText: true,
  hasSessions: false,
  crash: 'failed',
  version: '0.2.9',
  missing: /^picoclaw was not found: install PicoClaw, or set runtime.command to its path$/,
})

describeAdapter({
  name: 'picoclaw by its control URL',
  open: ({ folder }) =>
    serverScene(folder, {
      script: 'fake-webhook.ts',
      options: { control: true },
      runtime: (port) => ({ kind: 'picoclaw', control_url: `http://127.0.0.1:${port}/control` }),
    }),
  hasText: true,
  floodHidesText: true,
  hasSessions: false,
  outlivesNode: true,
  crash: 'failed',
  missing: /control cannot be reached \(.*\): start it, or set runtime\.control_url /,
})
