import type { ContractRuntime } from './adapter-contract.ts'
import { describeAdapter } from './adapter-contract.ts'
import { serverScene } from './support/server-scene.ts'

const common = { hasText: true, hasSessions: false, outlivesNode: true, crash: 'failed' } as const
const api = {
  ...common,
  oneByOne: true,
  failure: "TinyClaw's agent failed: see the log of its queue",
  missing: /^no TinyClaw answers at http:.* start it with `tinyagi start`, or set runtime.inbound_url$/,
}

const TINYCLAW: ContractRuntime[] = [
  {
    ...api,
    name: 'tinyclaw',
    open: ({ folder }) =>
      serverScene(folder, {
        script: 'fake-tinyclaw.ts',
        runtime: (port) => ({ kind: 'tinyclaw', inbound_url: `http://127.0.0.1:${port}/api/message` }),
      }),
  },
  {
    ...api,
    name: 'tinyclaw without an event stream',
    open: ({ folder }) =>
      serverScene(folder, {
        script: 'fake-tinyclaw.ts',
        options: { old: true },
        runtime: (port) => ({ kind: 'tinyclaw', inbound_url: `http://127.0.0.1:${port}/api/message` }),
      }),
  },
  {
    ...common,
    name: 'tinyclaw by its control URL',
    floodHidesText: true,
    open: ({ folder }) =>
      serverScene(folder, {
        script: 'fake-webhook.ts',
        options: { control: true },
        runtime: (port) => ({ kind: 'tinyclaw', control_url: `http://127.0.0.1:${port}/control` }),
      }),
    missing: /control cannot be reached \(.*\): start it, or set runtime\.control_url /,
  },
]

for (const kind of TINYCLAW) describeAdapter(kind)
