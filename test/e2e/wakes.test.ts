import { expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { say, startTestServer, TEST_NETWORK, untilConnected, wholeHistory } from '../support/network.ts'
import { type Finished, moltnet, startProgram } from '../support/program.ts'

const LIMIT_MS = 60_000

/** Answers what asks for it, and keeps its thoughts to itself otherwise. */
const SCRIPT = `
wake=$(cat)
case "$wake" in
  *answer*) moltnet send --target room:hall --text pong > /dev/null ;;
esac
echo thought about it
`

test(
  'an operator approves and dismisses wakes on the command line, and sees what became of a message',
  async () => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder()).path
    const server = stack.use(await startTestServer({ folder, rooms: '[{ id: hall, members: [ada, bob] }]' }))
    const work = join(folder, 'work')
    await mkdir(work)
    await writeFile(join(folder, 'agent.sh'), SCRIPT)
    const config = join(folder, 'MoltnetNode')
    await writeFile(
      config,
      `moltnet: { base_url: "${server.url}", network_id: ${TEST_NETWORK} }
attachments:
  - agent: { id: ada }
    rooms: [{ id: hall, read: all, reply: manual }]
    runtime: { kind: command, command: sh, args: [${join(folder, 'agent.sh')}], workspace_path: ${work} }
`,
      { mode: 0o600 },
    )
    const node = stack.use(startProgram(['node', 'start', config], { cwd: folder, env: { HOME: folder } }))
    await untilConnected(server.client, 'ada')

    const run = async (...words: string[]): Promise<Finished> => {
      const finished = await moltnet([...words, '--base-url', server.url], { cwd: folder })
      if (finished.code !== 0) throw new Error(`${words.join(' ')}: ${finished.stderr}\n${node.log()}`)
      return finished
    }
    const held = async () => {
      const { stdout } = await run('wakes', '--state', 'held', '--json')
      return (JSON.parse(stdout) as { wakes: { id: string; message_id: string }[] }).wakes
    }

    const { message_id: first } = await say(server.client, 'hall', 'please answer')
    const { message_id: second } = await say(server.client, 'hall', 'never mind')
    const { message_id: third } = await say(server.client, 'hall', 'just for you')
    const wakes = await until(async () => {
      const found = await held()
      return found.length === 3 && found
    }, 'three wakes are held')
    expect(wakes.map((wake) => wake.message_id)).toEqual([first, second, third])
    const [one, two, three] = wakes.map((wake) => wake.id) as [string, string, string]
    expect((await run('wakes', '--agent', 'ada')).stdout).toMatch(new RegExp(`${one} +held +ada +room:hall`))

    expect((await run('wakes', 'dismiss', two)).stdout).toContain(`${two} dismissed`)
    await run('wakes', 'approve', one, three)
    const stateOf = async (id: string) =>
      (await server.client.listDeliveries(id)).deliveries.find(({ agent_id }) => agent_id === 'ada')?.state
    await until(
      async () => (await stateOf(third)) === 'silent',
      () => `both turns ran; the node:\n${node.log()}`,
    )
    expect(await stateOf(first)).toBe('spoke')
    expect((await wholeHistory(server.client, 'hall')).at(-1)?.parts[0]?.text).toBe('pong')

    // The agent answered in its own log alone: the operator says it for it.
    expect((await run('wakes', '--final-text', 'held')).stdout).toMatch(
      new RegExp(`${three} +silent +ada .*held text: thought about it`),
    )
    expect((await run('wakes', 'publish', three)).stdout).toContain(`${three} spoke`)
    expect((await wholeHistory(server.client, 'hall')).at(-1)).toMatchObject({
      from: { id: 'ada' },
      parts: [{ text: 'thought about it' }],
    })
    expect((await run('trace', third)).stdout).toMatch(/published +as msg_published_\w+; by anonymous/)

    const { stdout } = await run('trace', first)
    expect(stdout).toContain(`${first} in room:hall, stored `)
    expect(stdout).toMatch(/^ada: spoke \(by room, durable, sent once/m)
    for (const step of [
      'stored',
      'held +approval',
      'approved +by anonymous',
      'sent +try 1',
      'turn_started',
      'spoke',
    ])
      expect(stdout).toMatch(new RegExp(`\\d\\d:\\d\\d:\\d\\d\\.\\d{3} +\\+[\\d.]+ (ms|s) +${step}`))
    const json = JSON.parse((await run('trace', second, '--json')).stdout) as {
      deliveries: { state: string }[]
    }
    expect(json.deliveries.map(({ state }) => state)).toEqual(['dismissed'])

    const again = await moltnet(['wakes', 'approve', two, '--base-url', server.url], { cwd: folder })
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('this wake is dismissed')
  },
  LIMIT_MS,
)

/** Always has something to say. */
const CHATTY = 'cat > /dev/null; moltnet send --target room:hall --text again > /dev/null'

test(
  'two agents that answer each other are stopped, and an operator lets them go on',
  async () => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder()).path
    const guards = '{ chain_soft: 4, chain_hard: 4 }'
    const rooms = '[{ id: hall, members: [ada, bob] }]'
    const server = stack.use(await startTestServer({ folder, rooms, guards }))
    const config = join(folder, 'MoltnetNode')
    const attachments = ['ada', 'bob'].map(
      (id) => `  - agent: { id: ${id} }
    rooms: [{ id: hall }]
    runtime: { kind: command, command: sh, args: [${join(folder, 'chatty.sh')}], workspace_path: ${join(folder, id)} }
`,
    )
    for (const id of ['ada', 'bob']) await mkdir(join(folder, id))
    await writeFile(join(folder, 'chatty.sh'), CHATTY)
    await writeFile(
      config,
      `moltnet: { base_url: "${server.url}", network_id: ${TEST_NETWORK} }\nattachments:\n${attachments.join('')}`,
      { mode: 0o600 },
    )
    const node = stack.use(startProgram(['node', 'start', config], { cwd: folder, env: { HOME: folder } }))
    for (const id of ['ada', 'bob']) await untilConnected(server.client, id)
    const run = async (...words: string[]) =>
      (await moltnet([...words, '--base-url', server.url], { cwd: folder })).stdout
    const heldIds = async (count: number) =>
      until(
        async () => {
          const { wakes } = await server.client.listWakes({ state: 'held' })
          return wakes.length >= count && wakes.map((wake) => [wake.id, wake.message_id] as const)
        },
        () => `${count} wakes are held; the node:\n${node.log()}`,
      )
    const { message_id: started } = await server.client.sendMessage({
      target: { kind: 'room', room_id: 'hall' },
      from: { type: 'agent', id: 'ada' },
      parts: [{ kind: 'text', text: 'bob?' }],
    })
    const [[id, message] = ['', '']] = await heldIds(1)
    // Four messages woke somebody; the fifth one is the one that is held.
    expect(await wholeHistory(server.client, 'hall')).toHaveLength(5)
    expect(await run('wakes', '--state', 'held')).toMatch(new RegExp(`${id} +held .* guard`))
    expect(await run('trace', message)).toMatch(
      /guarded +chain_hard; number 5 in a row from agent to agent without a human, the limit is 4/,
    )
    expect(await run('trace', started)).toContain('spoke')
    await run('wakes', 'approve', id)
    await until(
      async () => (await wholeHistory(server.client, 'hall')).length >= 9,
      () => `they go on; the node:\n${node.log()}`,
    )
    await heldIds(1)
  },
  LIMIT_MS,
)

test('a mention of a member that never attached is told as such', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const server = stack.use(await startTestServer({ folder, rooms: '[{ id: hall, members: [bob] }]' }))
  const { message_id: id } = await say(server.client, 'hall', '@bob are you there?')
  const traced = await moltnet(['trace', id, '--base-url', server.url], { cwd: folder })
  expect(traced.stdout).toMatch(/^bob: no_consumer, it had no durable consumer/m)
  const plain = await say(server.client, 'hall', 'nobody in particular')
  const nobody = await moltnet(['trace', plain.message_id, '--base-url', server.url], { cwd: folder })
  expect(nobody.stdout).toContain('woke nobody')
  const unknown = await moltnet(['trace', 'msg_unknown', '--base-url', server.url], { cwd: folder })
  expect(unknown).toMatchObject({ code: 1, stdout: '' })
})
