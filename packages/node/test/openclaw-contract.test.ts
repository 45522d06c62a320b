import { rmSync } from 'node:fs'
import { describeAdapter } from './adapter-contract.ts'
import { serverScene } from './support/server-scene.ts'

describeAdapter({
  name: 'openclaw',
  open: ({ folder }) =>
    serverScene(folder, {
      script: 'fake-openclaw.ts',
      options: { token: 'shared' },
      runtime: (port) => ({
        kind: 'openclaw',
        gateway_url: `ws://127.0.0.1:${port}`,
        token: 'shared',
      }),
      loseSessions: () => rmSync(folder.join('openclaw-sessions.json')),
    }),
  hasText: true,
  hasSessions: true,
  outlivesNode: true,
  crash: 'unavailable',
  version: '2026.9.6',
  missing: /^no OpenClaw gateway answers at ws:.* start it with `openclaw gateway run`/,
})
