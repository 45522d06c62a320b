import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../support/condition.ts'
import { installOpenclaw } from './install.ts'
import type { RuntimeYaml } from './scene.ts'

/** A gateway of OpenClaw with a home of its own. */
export interface OpenclawGateway extends AsyncDisposable {
  port: number
  token: string
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again and waits until it is ready. */
  start(): Promise<void>
}

/** It takes 13 to 30 seconds to be ready. */
const READY_MS = 120_000

/** Starts a gateway whose agent talks to the model. */
async function startOpenclawGateway(o: {
  home: string
  workspace: string
  modelUrl: string
}): Promise<OpenclawGateway> {
  const command = await installOpenclaw()
  const port = freePort()
  const token = 'shared-secret'
  await mkdir(join(o.home, '.openclaw'), { recursive: true })
  await writeFile(join(o.home, '.openclaw', 'openclaw.json'), JSON.stringify(configOf(o, port, token)), {
    mode: 0o600,
  })
  let child: Bun.Subprocess | undefined
  const kill = async () => {
    child?.kill('SIGKILL')
    await child?.exited
  }
  const start = async () => {
    child = Bun.spawn([...command, 'gateway', 'run'], {
      env: { HOME: o.home, PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdout: 'ignore',
      stderr: 'ignore',
    })
    await until(() => isReady(port), 'the gateway is ready', READY_MS)
  }
  await start()
  return { port, token, kill, start, [Symbol.asyncDispose]: kill }
}

/** An agent that lives in a gateway of its own, which `onStarted` gets to dispose of. */
export function openclaw(onStarted: (gateway: OpenclawGateway) => void): RuntimeYaml {
  return async (places) => {
    const gateway = await startOpenclawGateway(places)
    onStarted(gateway)
    return `kind: openclaw\ngateway_url: ws://127.0.0.1:${gateway.port}\ntoken: ${gateway.token}`
  }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  return answer?.status === 200
}

function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop()
  return port
}

function configOf(
  { workspace, modelUrl }: { workspace: string; modelUrl: string },
  port: number,
  token: string,
) {
  const model = {
    id: 'fake-1',
    name: 'Fake',
    reasoning: false,
    input: ['text'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 200_000,
    maxTokens: 4_096,
  }
  const fake = { baseUrl: `${modelUrl}/v1`, apiKey: 'dummy', api: 'openai-completions', models: [model] }
  return {
    gateway: { mode: 'local', port, bind: 'loopback', auth: { mode: 'token', token } },
    models: { mode: 'merge', providers: { fake } },
    agents: {
      defaults: {
        workspace,
        skipBootstrap: true,
        heartbeat: { every: '0m' },
        model: { primary: 'fake/fake-1' },
      },
    },
  }
}
