import { describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { sessionUuid } from '@moltnet/protocol'
import type { DeliveryOutcome } from '../src/adapters/adapter.ts'
import { deliver, KEY, wakeOf } from './support/deliver.ts'
import { adapterOf, logged, runLog, runtimeOf, sessionOf } from './support/runtime.ts'
import { installProgram, isRunning, pidIn, tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

type Kind = Parameters<typeof runtimeOf>[1]

/** Starts a delivery and ends it from outside as soon as the model thinks. */
async function abortDelivery(folder: TempFolder, kind: Kind, text: string): Promise<DeliveryOutcome> {
  const abort = new AbortController()
  const adapter = adapterOf(folder, runtimeOf(folder, kind))
  const delivery = adapter.deliver(wakeOf(text), sessionOf(KEY), abort.signal)
  await until('the model to think', () => logged(folder, 'thinking').length > 0)
  abort.abort()
  return await delivery
}

describe('every program runtime', () => {
  const kinds = ['claude-code', 'codex'] as const

  test.each(kinds)('%s gets the prompt on stdin, never in its arguments', async (kind) => {
    using folder = tempFolder()
    const outcomes = await deliver(folder, ['a secret word'], { kind })
    expect(outcomes).toMatchObject([{ type: 'delivered', text: 'ok' }])
    const [run] = logged(folder, 'prompt')
    expect(run?.prompt).toBe('BOOTSTRAP a secret word\n')
    expect(run?.args?.join(' ')).not.toContain('secret')
    expect(run?.cwd).toBe(folder.join('work'))
  })

  test.each(kinds)('%s has the home, the client config and nothing else of the node', async (kind) => {
    using folder = tempFolder()
    await deliver(folder, ['hello'], { kind })
    const env = logged(folder, 'prompt')[0]?.env
    expect(env).toMatchObject({
      HOME: folder.join('home'),
      CODEX_HOME: folder.join('home'),
      MOLTNET_CLIENT_CONFIG: folder.join('work', '.moltnet', 'config.json'),
    })
  })

  test.each(kinds)('%s that is not installed is unavailable, with how to install it', async (kind) => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['hello'], { kind, command: 'nowhere-to-be-found' })
    expect(outcome).toMatchObject({ type: 'retry', reason: 'unavailable' })
    expect(outcome).toHaveProperty(
      'error',
      expect.stringMatching(/^nowhere-to-be-found was not found: install .* with `npm install -g @/),
    )
  })

  test.each(kinds)('%s that floods its output is read to the end', async (kind) => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@flood=400000000 @say:after the flood'], { kind })
    expect(outcome).toMatchObject({ type: 'delivered', text: 'after the flood' })
  }, 60_000)

  test.each(kinds)('%s that dies gives a failure', async (kind) => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@crash'], { kind })
    expect(outcome).toMatchObject({ type: 'failed', reason: 'failed', error: expect.stringContaining('SIG') })
  })

  test.each(kinds)('%s that ignores TERM is killed when its turn is ended', async (kind) => {
    using folder = tempFolder()
    await abortDelivery(folder, kind, `@stubborn @wait=${folder.join('never')}`)
    expect(logged(folder, 'ignored SIGTERM')).toHaveLength(1)
    for (const { pid } of runLog(folder)) expect(isRunning(pid)).toBe(false)
  })

  test.each(kinds)('%s goes on in the same session after a turn that was killed', async (kind) => {
    using folder = tempFolder()
    const session = sessionOf(KEY)
    const abort = new AbortController()
    const adapter = adapterOf(folder, runtimeOf(folder, kind))
    const killed = adapter.deliver(wakeOf(`@wait=${folder.join('never')}`), session, abort.signal)
    await until('the model to think', () => logged(folder, 'thinking').length > 0)
    abort.abort()
    await killed
    const outcome = await adapter.deliver(wakeOf('again'), session, new AbortController().signal)
    expect(outcome.type).toBe('delivered')
    const sessions = logged(folder, 'session')
    expect(sessions.map((line) => line.how)).toEqual(['begun', 'resumed'])
    expect(sessions[1]?.id).toBe(sessions[0]?.id as string)
  })

  test.each(kinds)('%s may leave a process that holds its output: the turn still ends', async (kind) => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, [`@escape=${folder.join('pid')}`], { kind })
    process.kill(await pidIn(folder.join('pid')), 'SIGKILL')
    expect(outcome?.type).toBe('delivered')
  })

  test.each(kinds)('%s leaves no child of its group behind', async (kind) => {
    using folder = tempFolder()
    await deliver(folder, [`@grandchild=${folder.join('pid')}`], { kind })
    expect(isRunning(await pidIn(folder.join('pid')))).toBe(false)
  })

  test.each(kinds)('%s reports its beginning once, after it runs', async (kind) => {
    using folder = tempFolder()
    let begun = 0
    const adapter = adapterOf(folder, runtimeOf(folder, kind))
    await adapter.deliver(
      wakeOf('x', () => begun++),
      sessionOf(KEY),
      new AbortController().signal,
    )
    expect(begun).toBe(1)
    const missing = adapterOf(folder, runtimeOf(folder, kind, { command: 'nowhere' }))
    await missing.deliver(
      wakeOf('x', () => begun++),
      sessionOf(KEY),
      new AbortController().signal,
    )
    expect(begun).toBe(1)
  })

  test.each(kinds)('%s takes what is configured before what the node adds', async (kind) => {
    using folder = tempFolder()
    const model = kind === 'codex' ? ['-m', 'fake-1'] : ['--model', 'fake-1']
    const [outcome] = await deliver(folder, ['x'], { kind, args: model })
    expect(outcome?.type).toBe('delivered')
    const args = logged(folder, 'prompt')[0]?.args ?? []
    expect(args.indexOf('fake-1')).toBeLessThan(args.findIndex((arg) => /^(--json|-p)$/.test(arg)))
  })
})

describe('claude-code', () => {
  test('begins a session under the id made from its key, and resumes it from then on', async () => {
    using folder = tempFolder()
    const outcomes = await deliver(folder, ['one', 'two', 'three'], { kind: 'claude-code' })
    expect(outcomes.map((outcome) => outcome.type)).toEqual(['delivered', 'delivered', 'delivered'])
    const id = await sessionUuid(KEY)
    const runs = logged(folder, 'prompt')
    expect(runs.map((run) => run.args?.slice(-2))).toEqual([
      ['--session-id', id],
      ['--resume', id],
      ['--resume', id],
    ])
    expect(runs.map((run) => run.prompt)).toEqual(['BOOTSTRAP one\n', 'two\n', 'three\n'])
  })

  test('resumes a session that it did not know but Claude has', async () => {
    using folder = tempFolder()
    await deliver(folder, ['one'], { kind: 'claude-code' })
    const outcomes = await deliver(folder, ['two'], { kind: 'claude-code', session: sessionOf(KEY) })
    expect(outcomes).toMatchObject([{ type: 'delivered' }])
    expect(logged(folder, 'session').map((line) => line.how)).toEqual(['begun', 'resumed'])
    expect(logged(folder, 'prompt').at(-1)?.prompt).toBe('two\n')
  })

  test('begins anew, with the bootstrap, when Claude has lost the session', async () => {
    using folder = tempFolder()
    const session = sessionOf(KEY)
    await deliver(folder, ['one'], { kind: 'claude-code', session })
    rmSync(folder.join('home', '.claude'), { recursive: true })
    const outcomes = await deliver(folder, ['two'], { kind: 'claude-code', session })
    expect(outcomes).toMatchObject([{ type: 'delivered' }])
    expect(logged(folder, 'session').map((line) => line.how)).toEqual(['begun', 'begun'])
    expect(logged(folder, 'prompt').at(-1)?.prompt).toBe('BOOTSTRAP two\n')
  })

  test('takes another session when one that was killed early left an id without a conversation', async () => {
    using folder = tempFolder()
    const id = await sessionUuid(KEY)
    mkdirSync(folder.join('home', '.claude', 'projects', 'fake'), { recursive: true })
    writeFileSync(folder.join('home', '.claude', 'projects', 'fake', `${id}.jsonl`), '')
    const outcomes = await deliver(folder, ['one', 'two'], { kind: 'claude-code', session: sessionOf(KEY) })
    expect(outcomes).toMatchObject([{ type: 'delivered' }, { type: 'delivered' }])
    const [first, second] = logged(folder, 'session')
    expect([first?.how, second?.how]).toEqual(['begun', 'resumed'])
    expect(second?.id).toBe(first?.id)
    expect(first?.id).not.toBe(id)
  })

  test('fails when the model failed, although the result says success, and keeps the session', async () => {
    using folder = tempFolder()
    const outcomes = await deliver(folder, ['@fail', 'two'], { kind: 'claude-code' })
    expect(outcomes).toMatchObject([
      { type: 'failed', reason: 'failed', error: 'API Error: 400 the model refused' },
      { type: 'delivered' },
    ])
    expect(logged(folder, 'session').map((line) => line.how)).toEqual(['begun', 'resumed'])
  })

  test('warns about tools that were denied', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@run:rm -rf work'], { kind: 'claude-code' })
    expect(outcome).toMatchObject({
      type: 'delivered',
      warnings: [expect.stringContaining('denied the use of Bash')],
    })
  })

  test('lets the agent run moltnet, unless the operator settled the permissions', async () => {
    using folder = tempFolder()
    installProgram(folder.join('fakes', 'moltnet'), 'echo sent "$@"')
    const [allowed] = await deliver(folder, ['@run:moltnet send --target room:general'], {
      kind: 'claude-code',
    })
    expect(allowed).toMatchObject({ type: 'delivered', warnings: [] })
    expect(logged(folder, 'ran')[0]?.output).toBe('sent send --target room:general\n')
    const args = ['--allowedTools', 'Read']
    const [denied] = await deliver(folder, ['@run:moltnet send'], { kind: 'claude-code', args })
    expect(denied).toMatchObject({ type: 'delivered', warnings: [expect.stringContaining('Bash')] })
  })

  test('reads the result among all events of verbose output', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@say:found'], { kind: 'claude-code', args: ['--verbose'] })
    expect(outcome).toMatchObject({ type: 'delivered', text: 'found' })
  })

  test('fails with what the program wrote when there is no result', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['x'], { kind: 'claude-code', args: ['--no-such-flag'] })
    expect(outcome).toMatchObject({
      type: 'failed',
      error: expect.stringMatching(/^exit code 1: .*no-such-flag/),
    })
  })
})

describe('codex', () => {
  test('keeps the thread id of the first run and resumes it from then on', async () => {
    using folder = tempFolder()
    const outcomes = await deliver(folder, ['one', 'two'], { kind: 'codex' })
    expect(outcomes.map((outcome) => outcome.type)).toEqual(['delivered', 'delivered'])
    const [first, second] = logged(folder, 'session')
    expect(second).toMatchObject({ id: first?.id, how: 'resumed' })
    const runs = logged(folder, 'prompt')
    expect(runs.map((run) => run.prompt)).toEqual(['BOOTSTRAP one\n', 'two\n'])
    const options = ['--json', '--skip-git-repo-check', '-s', 'workspace-write']
    const settings = ['-c', 'sandbox_workspace_write.network_access=true', '-c', 'allow_login_shell=false']
    expect(runs[0]?.args).toEqual(['exec', ...options, ...settings, '-'])
    expect(runs[1]?.args?.slice(-3)).toEqual(['resume', first?.id as string, '-'])
  })

  test('gives the last agent message as text and error items as warnings', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@say:final words'], { kind: 'codex' })
    expect(outcome).toEqual({
      type: 'delivered',
      text: 'final words',
      warnings: ['Model metadata for `fake-1` not found.'],
    })
  })

  test.each([
    ['failed', 'moltnet send', "moltnet ended with code 1 in Codex's shell: cannot connect"],
    ['had not ended', 'moltnet send &', 'the turn ended while moltnet was still running in its shell'],
  ])('warns about a moltnet that %s', async (_, command, warning) => {
    using folder = tempFolder()
    installProgram(folder.join('fakes', 'moltnet'), 'echo cannot connect; exit 1')
    const [outcome] = await deliver(folder, [`@run:${command}`], { kind: 'codex' })
    expect(outcome).toMatchObject({
      type: 'delivered',
      warnings: [expect.stringContaining(warning), expect.stringContaining('Model metadata')],
    })
  })

  test('does not warn about a moltnet that succeeded, nor about other commands that failed', async () => {
    using folder = tempFolder()
    installProgram(folder.join('fakes', 'moltnet'), 'echo sent')
    for (const command of ['moltnet send', 'echo no; exit 3']) {
      const [outcome] = await deliver(folder, [`@run:${command}`], { kind: 'codex' })
      expect(outcome).toMatchObject({ warnings: [expect.stringContaining('Model metadata')] })
    }
    expect(logged(folder, 'ran').map((line) => line.output)).toEqual(['sent\n', 'no\n'])
  })

  test('begins a new thread, with the bootstrap, when Codex has lost the old one', async () => {
    using folder = tempFolder()
    const session = sessionOf(KEY)
    await deliver(folder, ['one'], { kind: 'codex', session })
    const lost = session.runtimeId
    rmSync(folder.join('home', 'sessions'), { recursive: true })
    const outcomes = await deliver(folder, ['two'], { kind: 'codex', session })
    expect(outcomes).toMatchObject([{ type: 'delivered' }])
    expect(session.runtimeId).not.toBe(lost)
    expect(logged(folder, 'prompt').at(-1)?.prompt).toBe('BOOTSTRAP two\n')
  })

  test('never resumes a name that is no thread id', async () => {
    using folder = tempFolder()
    const session = sessionOf(KEY, 'my-thread')
    await deliver(folder, ['one'], { kind: 'codex', session })
    expect(logged(folder, 'prompt')[0]?.args).not.toContain('resume')
    expect(session.runtimeId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('says when Codex went on in another thread', async () => {
    using folder = tempFolder()
    const id = crypto.randomUUID()
    const other = crypto.randomUUID()
    const lines = [{ type: 'thread.started', thread_id: other }, { type: 'turn.completed' }]
    writeFileSync(folder.join('out'), lines.map((line) => JSON.stringify(line)).join('\n'))
    const command = installProgram(folder.join('odd'), `cat > /dev/null; cat '${folder.join('out')}'`)
    const session = sessionOf(KEY, id)
    const [outcome] = await deliver(folder, ['x'], { kind: 'codex', command, session })
    expect(outcome).toMatchObject({
      type: 'delivered',
      warnings: [expect.stringContaining(`${other} instead of ${id}`)],
    })
    expect(session.runtimeId).toBe(other)
  })

  test('is busy while another process writes in the thread', async () => {
    using folder = tempFolder()
    const session = sessionOf(KEY)
    await deliver(folder, ['one'], { kind: 'codex', session })
    const adapter = adapterOf(folder, runtimeOf(folder, 'codex'))
    const signal = AbortSignal.timeout(20_000)
    const gate = folder.join('gate')
    const slow = adapter.deliver(wakeOf(`@wait=${gate}`), session, signal)
    await until('the slow turn', () => logged(folder, 'thinking').length === 2)
    const second = await adapter.deliver(wakeOf('two'), session, signal)
    expect(second).toMatchObject({ type: 'retry', reason: 'busy', retryAfterMs: expect.any(Number) })
    writeFileSync(gate, '')
    expect((await slow).type).toBe('delivered')
  })

  test('fails with the reason of turn.failed, not with one of a reconnect', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@fail'], { kind: 'codex' })
    expect(outcome).toMatchObject({ type: 'failed', reason: 'failed', error: 'the model refused' })
  })

  test('fails when it ends well without having completed the turn', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['@quiet-end'], { kind: 'codex' })
    expect(outcome).toMatchObject({ type: 'failed', error: 'codex ended without completing the turn' })
  })

  test('leaves the sandbox to the operator who chose one', async () => {
    using folder = tempFolder()
    const network = ['-c', 'sandbox_workspace_write.network_access=false']
    const [outcome] = await deliver(folder, ['x'], { kind: 'codex', args: ['-s', 'read-only', ...network] })
    expect(outcome?.type).toBe('delivered')
    expect(logged(folder, 'prompt')[0]?.args).toEqual([
      'exec',
      '-s',
      'read-only',
      ...network,
      '--json',
      '--skip-git-repo-check',
      '-c',
      'allow_login_shell=false',
      '-',
    ])
  })
})

describe('command', () => {
  function program(folder: TempFolder, body: string) {
    return { command: installProgram(folder.join('program'), body) }
  }

  test('exit 0 is delivered, and stdout is the final text', async () => {
    using folder = tempFolder()
    const body = 'echo "$MOLTNET_AGENT_ID $MOLTNET_NETWORK_ID $MOLTNET_TARGET $MOLTNET_MESSAGE_ID"; cat'
    const outcomes = await deliver(folder, ['one', 'two'], { kind: 'command', ...program(folder, body) })
    expect(outcomes).toEqual([
      { type: 'delivered', text: 'alpha local room:general msg_1\nBOOTSTRAP one', warnings: [] },
      { type: 'delivered', text: 'alpha local room:general msg_1\ntwo', warnings: [] },
    ])
  })

  test('exit 75 is to be tried again later, anything else failed', async () => {
    using folder = tempFolder()
    const [later] = await deliver(folder, ['x'], {
      kind: 'command',
      ...program(folder, 'echo not now >&2; exit 75'),
    })
    expect(later).toMatchObject({ type: 'retry', reason: 'busy', error: 'exit code 75: not now' })
    const [failed] = await deliver(folder, ['x'], {
      kind: 'command',
      ...program(folder, 'echo oops >&2; exit 2'),
    })
    expect(failed).toEqual({ type: 'failed', reason: 'failed', error: 'exit code 2: oops', warnings: [] })
  })

  test('a file that is no program is unavailable, not failed', async () => {
    using folder = tempFolder()
    writeFileSync(folder.join('data'), 'no program')
    const [outcome] = await deliver(folder, ['x'], { kind: 'command', command: folder.join('data') })
    expect(outcome).toMatchObject({ type: 'retry', reason: 'unavailable' })
    expect(existsSync(folder.join('log'))).toBe(false)
  })

  test('long output is cut, and says so', async () => {
    using folder = tempFolder()
    const [outcome] = await deliver(folder, ['x'], {
      kind: 'command',
      ...program(folder, 'head -c 300000 /dev/zero | tr "\\0" y'),
    })
    expect(outcome).toMatchObject({ type: 'delivered', warnings: ['37856 bytes of output were dropped'] })
  })
})
