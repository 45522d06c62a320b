import { describe, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import type { DeliveryOutcome, Session } from '../src/adapters/adapter.ts'
import { createAcpAdapter } from '../src/adapters/acp/acp.ts'
import { describeAdapter } from './adapter-contract.ts'
import type { RuntimeScene } from './adapter-contract.ts'
import { KEY, wakeOf } from './support/deliver.ts'
import type { Harness } from './support/harness.ts'
import { launcherOf, logged, runLog, runtimeOf, sessionOf } from './support/runtime.ts'
import { installScript, isRunning, tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

/** Kills the fakes of a folder and waits for their end. */
async function killAgents(folder: TempFolder): Promise<void> {
  for (const { pid } of logged(folder, 'start')) {
    if (!isRunning(pid)) continue
    process.kill(pid, 'SIGKILL')
    await until(`the end of ${pid}`, () => !isRunning(pid))
  }
}

function acpScene({ folder }: Harness, args: string[]): RuntimeScene {
  const program = folder.join('fakes', 'acp-agent')
  return {
    runtime: { kind: 'acp', command: 'acp-agent', args, workspace_path: folder.join('work') },
    async stop() {
      rmSync(program)
      await killAgents(folder)
    },
    start: () => void installScript(program, 'fake-acp-agent.ts'),
    loseSessions: () => rmSync(folder.join('home', '.acp'), { recursive: true }),
    close: () => killAgents(folder),
  }
}

for (const args of [[], ['--load']]) {
  describeAdapter({
    name: `acp ${args.join(' ')}`.trim(),
    open: (harness) => acpScene(harness, args),
    hasText: true,
    hasSessions: true,
    crash: 'failed',
    missing: /^acp-agent was not found: install the agent, or set runtime\.command to its path$/,
  })
}

interface Agent extends AsyncDisposable {
  folder: TempFolder
  say(text: string, session?: Session, signal?: AbortSignal): Promise<DeliveryOutcome>
  starts(): number
}

/** Ends one of two turns that wait for the file `gate`. */
async function endOneOfTwo(agent: Agent) {
  const gate = agent.folder.join('gate')
  const abort = new AbortController()
  const ended = agent.say(`@wait=${gate}`, sessionOf(KEY), abort.signal)
  const other = agent.say(`@wait=${gate}`, sessionOf('another key'))
  await until('both turns', () => logged(agent.folder, 'thinking').length === 2)
  abort.abort()
  return { gate, ended, other }
}

/** An adapter with one fake agent. */
function startAgent(
  args: string[] = [],
  more: { permissions?: 'allow' | 'reject'; idleMs?: number } = {},
): Agent {
  const folder = tempFolder()
  const runtime = runtimeOf(folder, 'acp', { args })
  if (runtime.kind !== 'acp') throw new Error('no ACP runtime')
  if (more.permissions !== undefined) runtime.permissions = more.permissions
  const adapter = createAcpAdapter({ runtime, ...launcherOf(folder, runtime) }, more)
  const own = sessionOf(KEY)
  return {
    folder,
    say: (text, session = own, signal = AbortSignal.timeout(20_000)) =>
      adapter.deliver(wakeOf(text), session, signal),
    starts: () => logged(folder, 'start').length,
    async [Symbol.asyncDispose]() {
      await adapter.close()
      for (const { pid } of runLog(folder)) expect(isRunning(pid)).toBe(false)
      folder[Symbol.dispose]()
    },
  }
}

describe('acp', () => {
  test('one process serves all conversations, in the workspace, with what speaking needs', async () => {
    await using agent = startAgent()
    await agent.say('one')
    await agent.say('two', sessionOf('another key'))
    expect(agent.starts()).toBe(1)
    const [start] = logged(agent.folder, 'start')
    expect(start?.cwd).toBe(agent.folder.join('work'))
    expect(start?.env?.MOLTNET_CLIENT_CONFIG).toBe(agent.folder.join('work', '.moltnet', 'config.json'))
    expect(new Set(logged(agent.folder, 'session').map((line) => line.id)).size).toBe(2)
  })

  test('the text is what was said last, after the last tool call', async () => {
    await using agent = startAgent()
    expect(await agent.say('@say:all done')).toEqual({ type: 'delivered', text: 'all done', warnings: [] })
  })

  test('a text that goes on and on is cut, and says so', async () => {
    await using agent = startAgent()
    const outcome = await agent.say('@long=5000000')
    expect(outcome).toMatchObject({
      type: 'delivered',
      warnings: ['4737856 characters of its text were dropped'],
    })
    expect(outcome.type === 'delivered' && outcome.text.length).toBe(262_144)
  })

  test('what a loaded session replays is no text of the turn', async () => {
    await using agent = startAgent(['--load'])
    const session = sessionOf(KEY)
    await agent.say('one', session)
    await killAgents(agent.folder)
    expect(await agent.say('two @say:fresh words', session)).toEqual({
      type: 'delivered',
      text: 'fresh words',
      warnings: [],
    })
    expect(agent.starts()).toBe(2)
  })

  test('an agent that keeps no sessions is introduced again after its end, and the loss is told', async () => {
    await using agent = startAgent(['--forgetful'])
    await agent.say('one')
    await killAgents(agent.folder)
    expect(await agent.say('two')).toMatchObject({
      type: 'delivered',
      warnings: [expect.stringContaining('the agent keeps none beyond its process')],
    })
    expect(logged(agent.folder, 'prompt').map((line) => line.prompt)).toEqual([
      'BOOTSTRAP one\n',
      'BOOTSTRAP two\n',
    ])
  })

  test('a session that vanished in the running agent is begun anew with the same message', async () => {
    await using agent = startAgent()
    await agent.say('@lose')
    expect(await agent.say('two @say:still here')).toMatchObject({ type: 'delivered', text: 'still here' })
    expect(logged(agent.folder, 'prompt').at(-1)?.prompt).toStartWith('BOOTSTRAP two')
  })

  test.each([
    ['an error', [], 'Internal error: the model refused'],
    ['a silent end', ['--fail-silently'], 'the agent ended the turn silently: no text, no tool call'],
    ['a text and sessionFailure', ['--fail-as-text'], 'the model refused'],
  ])('a model that fails is a failure when the agent tells it by %s', async (_how, args, error) => {
    await using agent = startAgent(args)
    expect(await agent.say('@fail')).toMatchObject({ type: 'failed', reason: 'failed', error })
    expect(await agent.say('and now')).toMatchObject({ type: 'delivered', text: 'ok' })
  })

  test('thoughts alone are delivered, with a warning', async () => {
    await using agent = startAgent()
    expect(await agent.say('@think')).toEqual({
      type: 'delivered',
      text: '',
      warnings: ['the agent ended the turn without a text or a tool call'],
    })
  })

  test.each([
    'refusal',
    'max_tokens',
    'max_turn_requests',
    'cancelled',
  ])('a turn that ends with %s has failed', async (reason) => {
    await using agent = startAgent()
    expect(await agent.say(`@stop=${reason}`)).toMatchObject({
      type: 'failed',
      error: `the agent ended the turn early: ${reason}`,
    })
  })

  describe('permissions', () => {
    const answers = (agent: Agent) => logged(agent.folder, 'permission').map((line) => line.output)
    const once = '{"outcome":{"outcome":"selected","optionId":"once"}}'
    const no = '{"outcome":{"outcome":"selected","optionId":"no"}}'

    test('by default a command of moltnet alone is allowed, this once', async () => {
      await using agent = startAgent()
      const spoken = await agent.say('@ask:{moltnet send --text "a; b"}')
      expect(spoken).toMatchObject({ type: 'delivered', warnings: [] })
      expect(answers(agent)).toEqual([once])
    })

    test('everything else is refused and told to the operator', async () => {
      await using agent = startAgent()
      const refused = await agent.say('@ask:{moltnet send --text a; rm -rf x}')
      expect(answers(agent)).toEqual([no])
      expect(refused).toMatchObject({
        type: 'delivered',
        warnings: [
          'refused the agent permission for: moltnet send --text a; rm -rf x (see runtime.permissions)',
        ],
      })
    })

    test('allow allows everything, reject refuses everything', async () => {
      await using open = startAgent([], { permissions: 'allow' })
      await open.say('@ask:{rm -rf x}')
      expect(answers(open)).toEqual([once])
      await using closed = startAgent([], { permissions: 'reject' })
      await closed.say('@ask:{moltnet send}')
      expect(answers(closed)).toEqual([no])
    })
  })

  test('an agent that wants a login is unavailable, with what to do', async () => {
    await using agent = startAgent(['--login'])
    expect(await agent.say('x')).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: expect.stringMatching(
        /^acp-agent needs a login \(Authentication required; it offers: API key\): log in/,
      ),
      retryAfterMs: expect.any(Number),
    })
  })

  test('an agent that wants a login for an earlier session alone gets a new one', async () => {
    await using agent = startAgent(['--login-old'])
    expect(await agent.say('x', sessionOf(KEY, 'of before'))).toMatchObject({
      type: 'delivered',
      warnings: [expect.stringContaining('a new one was begun: Authentication required')],
    })
  })

  test('another version of the protocol is unavailable', async () => {
    await using agent = startAgent(['--version-2'])
    expect(await agent.say('x')).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: 'acp-agent speaks version 2 of ACP, the node version 1',
    })
  })

  test('a turn that is ended is cancelled in the agent, which goes on with other turns', async () => {
    await using agent = startAgent()
    const { gate, ended, other } = await endOneOfTwo(agent)
    expect((await ended).type).not.toBe('delivered')
    await Bun.write(gate, '')
    expect(await other).toMatchObject({ type: 'delivered' })
    expect(agent.starts()).toBe(1)
  })

  test('an agent that ignores the end of a turn is ended; its other turns cost no attempt', async () => {
    await using agent = startAgent(['--ignore-cancel'])
    const { ended, other } = await endOneOfTwo(agent)
    expect((await ended).type).toBe('retry')
    expect(await other).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: 'acp-agent was ended: another turn of it did not end when it was told to',
    })
    expect(await agent.say('again')).toMatchObject({ type: 'delivered' })
  }, 15_000)

  test('a turn that is ended while the agent starts returns at once, and so does the end of the node', async () => {
    await using agent = startAgent(['--mute'])
    const abort = new AbortController()
    const turn = agent.say('x', sessionOf(KEY), abort.signal)
    await until('the start', () => agent.starts() === 1)
    abort.abort()
    expect((await turn).type).toBe('retry')
  })

  test('an idle agent is ended and goes on in the same session when it is needed again', async () => {
    await using agent = startAgent([], { idleMs: 50 })
    await agent.say('one')
    const pid = logged(agent.folder, 'start')[0]?.pid as number
    await until('its end', () => !isRunning(pid))
    await agent.say('two')
    const [first, second] = logged(agent.folder, 'session')
    expect(second).toMatchObject({ id: first?.id, how: 'resumed' })
  })

  test('an idle agent that would forget its sessions stays', async () => {
    await using agent = startAgent(['--forgetful'], { idleMs: 1 })
    await agent.say('one')
    await agent.say('two')
    expect(agent.starts()).toBe(1)
    expect(logged(agent.folder, 'session').map((line) => line.how)).toEqual(['begun', 'resumed'])
  })
})
