import { expect, test } from 'bun:test'
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import {
  say,
  startTestServer,
  TEST_NETWORK,
  type TestServer,
  textOf,
  untilConnected,
  wholeHistory,
} from '../support/network.ts'
import { type Running, startProgram } from '../support/program.ts'

const LIMIT_MS = 60_000

/** A server with room `hall` and nodes whose one agent `ada` is a shell script. */
interface Scene extends AsyncDisposable {
  server: TestServer
  /** A path in the scene's folder. */
  path(...parts: string[]): string
  /** Starts a node from a folder of its own; `moltnet` are lines of the network block. */
  startNode(name: string, o: { script: string; lines?: string; moltnet?: string }): Promise<Running>
  /** What the scripts noted, line by line. */
  notes(): string[]
  /** What all nodes logged. */
  logs(): string
}

async function scene(settings: { extra?: string; token?: string } = {}): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const path = (...parts: string[]) => join(folder, ...parts)
  appendFileSync(path('notes'), '')
  const rooms = '[{ id: hall, members: [ada] }]'
  const server = stack.use(await startTestServer({ folder, rooms, ...settings }))
  const nodes: Running[] = []
  return {
    server,
    logs: () => nodes.map((node) => node.log()).join('\n'),
    path,
    notes: () => readFileSync(path('notes'), 'utf8').split('\n').slice(0, -1),
    async startNode(name, { script, lines = '', moltnet = '' }) {
      const workspace = path(name, 'work')
      await mkdir(workspace, { recursive: true })
      // The folder of the scene, which scripts use for their notes and gates.
      await writeFile(path(name, 'agent.sh'), `S='${folder}'\n${script}\n`)
      const config = path(name, 'MoltnetNode')
      await writeFile(
        config,
        `moltnet:
  base_url: "${server.url}"
  network_id: ${TEST_NETWORK}
${moltnet}
attachments:
  - agent: { id: ada }
    rooms: [{ id: hall }]
    bootstrap: none
${lines}
    runtime: { kind: command, command: /bin/sh, args: ["${path(name, 'agent.sh')}"], workspace_path: "${workspace}" }
`,
        { mode: 0o600 },
      )
      const env = { MOLTNET_LOG: 'json', MOLTNET_LOG_LEVEL: 'debug', HOME: folder, ADA_TOKEN: 'ada-secret' }
      const node = stack.use(startProgram(['node', 'start', config], { cwd: folder, env }))
      nodes.push(node)
      return node
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Notes the ids of the wake on one line, then stays while the gate file exists. */
const NOTE = `grep '^Message ID: ' | cut -d' ' -f3 | paste -sd' ' >> "$S/notes"
while [ -e "$S/gate" ]; do sleep 0.02; done`

async function ids(s: Scene, texts: readonly string[]): Promise<string[]> {
  const accepted: string[] = []
  for (const text of texts) accepted.push((await say(s.server.client, 'hall', text)).message_id)
  return accepted
}

function noted(s: Scene, count: number): Promise<boolean> {
  return until(
    () => s.notes().length >= count,
    () => `${count} turns; notes: ${JSON.stringify(s.notes())}; nodes: ${s.logs().slice(-6_000)}`,
  )
}

/** Nothing more happens to ada: a further message is answered by exactly one more turn. */
async function expectQuiet(s: Scene): Promise<void> {
  const before = s.notes()
  const [last] = await ids(s, ['the last one'])
  await noted(s, before.length + 1)
  expect(s.notes()).toEqual([...before, last as string])
}

test(
  'messages that came during a turn are one wake, and its retry brings the same ones and no new one',
  async () => {
    await using s = await scene()
    const script = `${NOTE}\n[ -e "$S/failed" ] || ! tail -1 "$S/notes" | grep -q ' ' || { touch "$S/failed"; exit 1; }`
    writeFileSync(s.path('gate'), '')
    await s.startNode('node', { script })
    await untilConnected(s.server.client, 'ada')
    const [m1] = await ids(s, ['one'])
    await noted(s, 1)
    const [m2, m3] = await ids(s, ['two', 'three'])
    await until(async () => (await wholeHistory(s.server.client, 'hall')).length === 3, 'three messages')
    rmSync(s.path('gate'))
    await noted(s, 3)
    expect(s.notes()).toEqual([m1, `${m2} ${m3}`, `${m2} ${m3}`] as string[])
    await expectQuiet(s)
  },
  LIMIT_MS,
)

test(
  'a turn that hangs is ended, and its message comes again',
  async () => {
    await using s = await scene()
    writeFileSync(s.path('gate'), '')
    await s.startNode('node', { script: NOTE, lines: '    turn_timeout: 1s' })
    await untilConnected(s.server.client, 'ada')
    const [id] = await ids(s, ['hang'])
    await noted(s, 2)
    rmSync(s.path('gate'))
    await until(() => s.notes().length >= 2, 'the second turn')
    expect(new Set(s.notes())).toEqual(new Set([id as string]))
  },
  LIMIT_MS,
)

test(
  'a node that is stopped in the middle of a turn leaves the message for the next one',
  async () => {
    await using s = await scene()
    const script = `echo $$ > "$S/pid"; ${NOTE}; echo done >> "$S/notes"`
    writeFileSync(s.path('gate'), '')
    const node = await s.startNode('node', { script })
    await untilConnected(s.server.client, 'ada')
    const [id] = await ids(s, ['work on this'])
    await noted(s, 1)
    node.kill('SIGTERM')
    expect(await node.exited).toBe(0)
    const pid = Number(readFileSync(s.path('pid'), 'utf8'))
    expect(Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)]).stdout.toString()).not.toMatch(/^[^Z]/)
    rmSync(s.path('gate'))
    await s.startNode('node', { script })
    await until(() => s.notes().includes('done'), 'the second turn')
    expect(s.notes()).toEqual([id as string, id as string, 'done'])
  },
  LIMIT_MS,
)

test(
  'a second node takes over: the first ends its turn, says why and stays away',
  async () => {
    await using s = await scene()
    writeFileSync(s.path('gate'), '')
    const first = await s.startNode('first', { script: `echo $$ > "$S/pid"; ${NOTE}` })
    await untilConnected(s.server.client, 'ada')
    const [id] = await ids(s, ['who gets this?'])
    await noted(s, 1)
    const pid = Number(readFileSync(s.path('pid'), 'utf8'))
    await s.startNode('second', { script: `echo second >> "$S/notes"; ${NOTE.split('\n')[0]}` })
    await until(
      () => s.notes().length >= 3,
      () => `a turn in the second node; first: ${first.log().slice(-2000)}`,
    )
    expect(s.notes()).toEqual([id as string, 'second', id as string])
    await until(() => first.log().includes('taken over'), 'the first node says why')
    await until(
      () => !/^[^Z]/.test(Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)]).stdout.toString()),
      'the end of the first turn',
    )
  },
  LIMIT_MS,
)

test(
  'an agent speaks with the moltnet of its node and its own token, which is not in its environment',
  async () => {
    await using s = await scene({
      extra: `auth:
  mode: bearer
  tokens:
    - { id: operator, value: operator-secret, scopes: [observe, write, admin] }
    - { id: ada, value: ada-secret, scopes: [attach], agents: [ada] }`,
      token: 'operator-secret',
    })
    const script = `env > "$S/env"; ${NOTE}
moltnet send --target "$MOLTNET_TARGET" --text "here I am" > "$S/sent" 2>&1`
    await s.startNode('node', { script, moltnet: '  token_env: ADA_TOKEN' })
    await untilConnected(s.server.client, 'ada')
    await ids(s, ['ada?'])
    const answer = await until(
      async () => (await wholeHistory(s.server.client, 'hall')).find((message) => message.from.id === 'ada'),
      () =>
        `ada answers; ${existsSync(s.path('sent')) ? readFileSync(s.path('sent'), 'utf8') : 'nothing sent'}`,
    )
    expect(textOf(answer)).toBe('here I am')
    expect(readFileSync(s.path('env'), 'utf8')).not.toContain('ada-secret')
    expect(statSync(s.path('node', 'work', '.moltnet', 'config.json')).mode & 0o777).toBe(0o600)
  },
  LIMIT_MS,
)

test(
  'an agent claims its id on an open network, keeps the token and speaks with it',
  async () => {
    await using s = await scene({
      extra: `auth:
  mode: open
  tokens: [{ id: operator, value: operator-secret, scopes: [observe, write, admin] }]`,
      token: 'operator-secret',
    })
    const script = `${NOTE}\nmoltnet send --target "$MOLTNET_TARGET" --text "claimed" > "$S/sent" 2>&1`
    const o = { script, moltnet: '  auth_mode: open', lines: '    moltnet: { token_path: ada.token }' }
    const node = await s.startNode('node', o)
    const kept = s.path('node', 'ada.token')
    const token = await until(() => existsSync(kept) && readFileSync(kept, 'utf8'), 'the token on disk')
    expect(token).toMatch(/^magt_v1_[A-Za-z0-9_-]{43}\n$/)
    node.kill('SIGTERM')
    await node.exited
    await s.startNode('node', o)
    await untilConnected(s.server.client, 'ada')
    await ids(s, ['ada?'])
    await until(
      async () => (await wholeHistory(s.server.client, 'hall')).some((message) => message.from.id === 'ada'),
      () =>
        `ada answers; ${existsSync(s.path('sent')) ? readFileSync(s.path('sent'), 'utf8') : 'nothing sent'}`,
    )
    expect(readFileSync(kept, 'utf8')).toBe(token)
  },
  LIMIT_MS,
)
