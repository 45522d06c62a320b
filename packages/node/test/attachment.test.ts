import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { EventFrame, MemberId, Message, Target } from '@moltnet/protocol'
import { parseWakeText } from '@moltnet/protocol'
import { acked, framesOf, nacked, thread } from './support/fake-server.ts'
import type { FakeSocket } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'
import { logged } from './support/runtime.ts'
import { isRunning, pidIn, until } from './support/temp.ts'

/** A program that keeps what it was told, one file per turn, and waits for the gate file if there is one. */
const RECORD = 'cat > "$PWD/turn-$MOLTNET_MESSAGE_ID"; while [ -e "$PWD/closed" ]; do sleep 0.01; done'

function toldIn(harness: Harness, messageId: string) {
  return parseWakeText(readFileSync(harness.folder.join('work', `turn-${messageId}`), 'utf8'))
}

function close(harness: Harness): () => void {
  const gate = harness.folder.join('work', 'closed')
  writeFileSync(gate, '')
  return () => Bun.spawnSync(['rm', gate])
}

async function begun(harness: Harness, message: Message): Promise<void> {
  await until(`the turn of ${message.id}`, () =>
    existsSync(harness.folder.join('work', `turn-${message.id}`)),
  )
}

/** Three messages of a conversation, of which the last two come during the turn of the first; resolves when all are ACKed. */
async function twoTurns(harness: Harness, socket: FakeSocket) {
  const open = close(harness)
  const messages = [1, 2, 3].map((n) => harness.server.message(`number ${n}`))
  const [first, second, third] = messages as [Message, Message, Message]
  const events = [socket.wake(first)]
  await begun(harness, first)
  events.push(socket.wake(second), socket.wake(third))
  await until('the busy state', () => framesOf(socket, 'STATUS').length === 1)
  open()
  await acked(socket, ...events)
  return { first, second, third, events }
}

describe('an attachment', () => {
  test('asks for a durable consumer of exactly what wakes it', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(
      harness.agent('true', {
        agent: { id: 'alpha', name: 'Alpha' },
        rooms: [{ id: 'general' }, { id: 'ops', wake: 'mentions' }, { id: 'quiet', wake: 'never' }],
        dms: { enabled: true },
      }),
    )
    expect(socket.identify).toMatchObject({
      network_id: 'local',
      agent: { id: 'alpha', name: 'Alpha', type: 'command' },
      consumer: {
        durable: true,
        rooms: [
          { id: 'general', wake: 'all' },
          { id: 'ops', wake: 'mentions' },
        ],
        dms: { enabled: true, wake: 'all' },
        runtime: 'command',
      },
    })
  })

  test('says which guards it wants for its agent', async () => {
    await using harness = new Harness()
    const guards = { chain_hard: 5, turns_per_hour: 20 }
    const { socket } = await harness.attach(harness.agent('true', { guards }))
    expect(socket.identify?.consumer?.guards).toEqual(guards)
    const plain = await harness.attach(harness.agent('true', { agent: { id: 'beta' } }))
    expect(plain.socket.identify?.consumer?.guards).toBeUndefined()
  })

  test('puts what the server sends at once into one turn', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(RECORD))
    const messages = ['one', 'two', 'three'].map((text) => harness.server.message(text))
    await acked(socket, ...messages.map((message) => socket.wake(message)))
    const last = messages.at(-1) as Message
    expect(toldIn(harness, last.id)?.messages.map(({ body }) => body)).toEqual(['one', 'two', 'three'])
  })

  test('wakes the program with the message and answers after the turn: started, ended, ACK', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(RECORD, { bootstrap: 'none' }))
    const message = harness.server.message('are you there?')
    const event = socket.wake(message)
    await acked(socket, event)
    expect(toldIn(harness, message.id)).toEqual({
      chatId: 'local:room:general',
      bootstrap: false,
      messages: [
        {
          from: 'molt://local/agents/ada',
          name: 'Ada',
          mentions: [],
          messageId: message.id,
          body: 'are you there?',
        },
      ],
    })
    const answers = socket.frames.filter((frame) => frame.op !== 'IDENTIFY')
    expect(answers).toMatchObject([
      { op: 'STATUS', cursor: event.cursor, state: 'turn_started' },
      { op: 'STATUS', cursor: event.cursor, state: 'turn_ended', detail: { outcome: 'delivered' } },
      { op: 'ACK', cursor: event.cursor },
    ])
  })

  test('answers at once, without a turn, what does not wake', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(
      harness.agent(RECORD, { rooms: [{ id: 'general', wake: 'mentions' }] }),
    )
    const own = { type: 'agent', id: 'alpha', network_id: 'local' } as Message['from']
    const events = [
      socket.wake(harness.server.message('no mention')),
      socket.wake(harness.server.message('@alpha', { from: own, mentions: ['molt://local/agents/alpha'] })),
      socket.wake(harness.server.message('elsewhere', { target: { kind: 'room', room_id: 'x' } as Target })),
    ]
    await acked(socket, ...events)
    expect(framesOf(socket, 'STATUS')).toEqual([])
  })

  test('asks for approvals, and takes what an operator approved', async () => {
    await using harness = new Harness()
    const rooms = [{ id: 'ops', wake: 'all', approval: true }, { id: 'general' }]
    const dms = { enabled: true, read: 'all', reply: 'manual' }
    const { socket } = await harness.attach(harness.agent(RECORD, { rooms, dms }))
    expect(socket.identify?.consumer).toMatchObject({
      rooms: [
        { id: 'ops', wake: 'all', approval: true },
        { id: 'general', wake: 'all' },
      ],
      dms: { enabled: true, wake: 'all', approval: true },
    })
    const target = { kind: 'room', room_id: 'ops' } as Target
    const message = harness.server.message('hello', { target })
    await acked(socket, socket.wake(message))
    expect(toldIn(harness, message.id)).toMatchObject({ chatId: 'local:room:ops' })
  })

  test('is not woken without approval by a server that has none', async () => {
    await using harness = new Harness({ v1: true })
    const rooms = [{ id: 'ops', wake: 'all', approval: true }, { id: 'general' }]
    const { socket } = await harness.attach(harness.agent(RECORD, { rooms }))
    const target = { kind: 'room', room_id: 'ops' } as Target
    const held = harness.server.message('hello', { target })
    const free = harness.server.message('hello')
    await acked(socket, socket.wake(held), socket.wake(free))
    expect(existsSync(harness.folder.join('work', `turn-${held.id}`))).toBe(false)
    expect(toldIn(harness, free.id)).toBeDefined()
  })

  test('wakes for threads of its rooms and for its direct messages', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(RECORD, { dms: { enabled: true } }))
    const participants = ['local:ada', 'local:alpha'] as MemberId[]
    const dm = { kind: 'dm', dm_id: 'dm_1', participant_ids: participants } as Target
    const inThread = harness.server.message('in a thread', { target: thread('t1') })
    const direct = harness.server.message('direct', { target: dm })
    await acked(socket, socket.wake(inThread), socket.wake(direct))
    expect(toldIn(harness, inThread.id)).toMatchObject({ chatId: 'local:thread:t1', room: 'general' })
    expect(toldIn(harness, direct.id)).toMatchObject({ chatId: 'local:dm:dm_1', bootstrap: false })
  })
})

describe('messages that arrive during a turn', () => {
  test('go together into the next one and are ACKed together', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(RECORD))
    const { second, third } = await twoTurns(harness, socket)
    expect(toldIn(harness, third.id)?.messages.map((one) => one.body)).toEqual(['number 2', 'number 3'])
    expect(existsSync(harness.folder.join('work', `turn-${second.id}`))).toBe(false)
  })

  test('of other conversations run side by side, up to max_concurrent', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.agent(RECORD, { max_concurrent: 2 }))
    const open = close(harness)
    const messages = ['t1', 't2', 't3'].map((id) => harness.server.message(id, { target: thread(id) }))
    const events = messages.map((message) => socket.wake(message))
    await until('two turns', () => framesOf(socket, 'STATUS').length === 2)
    expect(await reaches(node, 'busy')).toMatchObject({ turns: 2, waiting: 1 })
    open()
    await acked(socket, ...events)
    await until('the end of the last turn', () => node.states()[0]?.turns === 0)
    expect(node.states()[0]).toMatchObject({ status: { kind: 'connected' }, waiting: 0 })
  })
})

describe('a turn that is not taken', () => {
  test('is NACKed with all its messages, and its retry carries the same ones and no new one', async () => {
    await using harness = new Harness()
    const program = `cat > "$PWD/turn-$MOLTNET_MESSAGE_ID"; while [ -e "$PWD/closed" ]; do sleep 0.01; done
      case $MOLTNET_MESSAGE_ID in msg_1) exit 0;; esac
      [ -e "$PWD/failed" ] || { touch "$PWD/failed"; echo no luck >&2; exit 9; }`
    const { socket } = await harness.attach(harness.agent(program))
    const open = close(harness)
    const [m1, m2, m3, m4] = [1, 2, 3, 4].map((n) =>
      harness.server.message(`number ${n}`, { id: `msg_${n}` as Message['id'] }),
    ) as [Message, Message, Message, Message]
    const e1 = socket.wake(m1)
    await begun(harness, m1)
    const [e2, e3] = [socket.wake(m2), socket.wake(m3)]
    open()
    await acked(socket, e1)
    for (const event of [e2, e3]) {
      expect(await nacked(socket, event)).toMatchObject({ reason: 'failed', error: 'exit code 9: no luck' })
    }
    const again = socket.wake(m2, { cursor: e2.cursor, redelivered: true, attempt: 2 })
    const e4 = socket.wake(m4)
    await acked(socket, again)
    expect(toldIn(harness, m3.id)?.messages.map((one) => one.messageId)).toEqual(['msg_2', 'msg_3'])
    await acked(socket, e4, socket.wake(m3, { cursor: e3.cursor, redelivered: true, attempt: 2 }))
    expect(toldIn(harness, m4.id)?.messages.map((one) => one.messageId)).toEqual(['msg_4'])
    expect(framesOf(socket, 'STATUS').filter((frame) => frame.cursor === e3.cursor)).toHaveLength(2)
  })

  test('gives the later messages of its conversation back, so that they come after it', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(`${RECORD}; exit 1`))
    const open = close(harness)
    const [m1, m2] = [harness.server.message('one'), harness.server.message('two')]
    const e1 = socket.wake(m1)
    await begun(harness, m1)
    const e2 = socket.wake(m2)
    const elsewhere = harness.server.message('else', { target: thread('t1') })
    socket.wake(elsewhere)
    await begun(harness, elsewhere)
    open()
    expect(await nacked(socket, e1)).toMatchObject({ reason: 'failed' })
    expect(await nacked(socket, e2)).toMatchObject({ reason: 'busy', retry_after_ms: 0 })
    expect(existsSync(harness.folder.join('work', `turn-${m2.id}`))).toBe(false)
  })

  test('because it takes too long is ended with its processes and NACKed as timeout', async () => {
    await using harness = new Harness()
    const body = 'echo $$ > "$PWD/pid"; trap "" TERM; cat > /dev/null; while :; do sleep 0.05; done'
    const { socket } = await harness.attach(harness.agent(body, { turn_timeout: '1s' }))
    const event = socket.wake(harness.server.message('hang'))
    expect(await nacked(socket, event)).toMatchObject({
      reason: 'timeout',
      error: expect.stringContaining('1 s'),
    })
    expect(isRunning(await pidIn(harness.folder.join('work', 'pid')))).toBe(false)
  })

  test('because the program is not installed is NACKed as unavailable, without a turn', async () => {
    await using harness = new Harness()
    const runtime = { kind: 'codex', command: 'no-codex-here', workspace_path: harness.folder.join('work') }
    const { socket } = await harness.attach({ ...harness.cli('codex'), runtime })
    const event = socket.wake(harness.server.message('hello'))
    expect(await nacked(socket, event)).toMatchObject({
      reason: 'unavailable',
      error: expect.stringContaining('npm install -g @openai/codex'),
      retry_after_ms: expect.any(Number),
    })
    expect(framesOf(socket, 'STATUS')).toEqual([])
  })

  test('because the program asks for a retry is NACKed as busy', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent('exit 75'))
    expect(await nacked(socket, socket.wake(harness.server.message('x')))).toMatchObject({ reason: 'busy' })
  })
})

describe('a message that comes again', () => {
  test('while its turn runs gets no second turn; the newest event is answered', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent(RECORD))
    const open = close(harness)
    const message = harness.server.message('once')
    const event = socket.wake(message)
    await begun(harness, message)
    socket.terminate()
    const second = await harness.server.attached(2)
    second.wake(message, { cursor: event.cursor, redelivered: true })
    await until('the turn to be reported again', () => framesOf(second, 'STATUS').length === 1)
    open()
    await acked(second, event)
    expect(framesOf(second, 'STATUS').map((frame) => frame.state)).toEqual(['turn_started', 'turn_ended'])
  })

  test('after its turn ended without a connection is ACKed on the next one', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.agent(`${RECORD}; echo x >> "$PWD/turns"`))
    const open = close(harness)
    const message = harness.server.message('once')
    const event = socket.wake(message)
    await begun(harness, message)
    socket.terminate()
    await reaches(node, 'backing_off')
    open()
    await until('the end of the turn', () => node.states()[0]?.turns === 0)
    const second = await harness.server.attached(2)
    await acked(second, event)
    await acked(second, second.wake(message, { redelivered: true }))
    expect(readFileSync(harness.folder.join('work', 'turns'), 'utf8')).toBe('x\n')
  })

  test('after a restart, its ACK lost, is ACKed at once without a second turn', async () => {
    await using harness = new Harness()
    const attachment = harness.agent(`${RECORD}; echo x >> "$PWD/turns"`)
    const { node, socket } = await harness.attach(attachment)
    const message = harness.server.message('once')
    await acked(socket, socket.wake(message))
    await node.stop()
    const { socket: second } = await harness.attach(attachment)
    await acked(second, second.wake(message, { redelivered: true, attempt: 2 }))
    expect(readFileSync(harness.folder.join('work', 'turns'), 'utf8')).toBe('x\n')
    expect(framesOf(second, 'STATUS')).toEqual([])
  })
})

describe('a v1 server', () => {
  test('gets ACKs after the turn and no frame that it does not know', async () => {
    await using harness = new Harness({ v1: true })
    const { socket } = await harness.attach(harness.agent(RECORD))
    await acked(socket, socket.wake(harness.server.message('hello')))
    expect(new Set(socket.frames.map((frame) => frame.op))).toEqual(new Set(['IDENTIFY', 'ACK']))
  })

  test('loses no message that the runtime does not take: it is tried again here, in order', async () => {
    await using harness = new Harness({ v1: true })
    const body = `${RECORD}; echo "$MOLTNET_MESSAGE_ID" >> "$PWD/turns"
      [ -e "$PWD/once" ] || { touch "$PWD/once"; exit 1; }`
    const { socket } = await harness.attach(harness.agent(body))
    const open = close(harness)
    const [m1, m2] = [harness.server.message('one'), harness.server.message('two')]
    const e1 = socket.wake(m1)
    await begun(harness, m1)
    const e2 = socket.wake(m2)
    open()
    await acked(socket, e1, e2)
    expect(readFileSync(harness.folder.join('work', 'turns'), 'utf8')).toBe(`${m1.id}\n${m1.id}\n${m2.id}\n`)
  })

  test('is resumed after a restart behind the last event that was handled', async () => {
    await using harness = new Harness({ v1: true })
    const attachment = harness.agent(RECORD)
    const { node, socket } = await harness.attach(attachment)
    const events: EventFrame[] = [1, 2].map((n) => socket.wake(harness.server.message(`number ${n}`)))
    await acked(socket, ...events)
    await node.stop()
    const { socket: second } = await harness.attach(attachment)
    expect(second.identify?.cursor).toBe(events[1]?.cursor)
  })

  test('that became a durable one is no longer told where to resume', async () => {
    await using harness = new Harness({ v1: true })
    const attachment = harness.agent(RECORD)
    const { node, socket } = await harness.attach(attachment)
    await acked(socket, socket.wake(harness.server.message('hello')))
    await node.stop()
    harness.server.options.v1 = false
    const second = await harness.attach(attachment)
    await second.node.stop()
    const { socket: third } = await harness.attach(attachment)
    expect(third.identify?.cursor).toBeUndefined()
  })
})

describe('a session', () => {
  test('is kept: the second wake resumes what the first began, the bootstrap came once', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.cli('codex'))
    await acked(socket, socket.wake(harness.server.message('first')))
    await node.stop()
    const { socket: second } = await harness.attach(harness.cli('codex'))
    await acked(second, second.wake(harness.server.message('second')))
    expect(logged(harness.folder, 'session').map((line) => line.how)).toEqual(['begun', 'resumed'])
    const prompts = logged(harness.folder, 'prompt').map((line) => parseWakeText(line.prompt as string))
    expect(prompts.map((prompt) => prompt?.bootstrap)).toEqual([true, false])
    const store = JSON.parse(readFileSync(harness.folder.join('work', '.moltnet', 'sessions.json'), 'utf8'))
    expect(Object.keys(store.sessions)).toEqual(['agent:alpha:local:room:general'])
  })

  test('belongs to one conversation: a thread has another one', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.cli('claude-code'))
    const inThread = harness.server.message('aside', { target: thread('t1') })
    await acked(socket, socket.wake(harness.server.message('hello')), socket.wake(inThread))
    const sessions = logged(harness.folder, 'session')
    expect(sessions.map((line) => line.how)).toEqual(['begun', 'begun'])
    expect(sessions[0]?.id).not.toBe(sessions[1]?.id as string)
  })

  test('is introduced by a turn of its own, once, when the bootstrap is a turn', async () => {
    await using harness = new Harness()
    const attachment = harness.cli('claude-code', {
      bootstrap: 'turn',
      rooms: [{ id: 'general' }, { id: 'ops', wake: 'mentions' }],
    })
    const { node, socket } = await harness.attach(attachment)
    await until('the bootstrap turn', () => logged(harness.folder, 'exit').length === 1)
    await until('its end', () => node.states()[0]?.turns === 0)
    expect(logged(harness.folder, 'prompt')[0]?.prompt).toStartWith(
      'Channel: moltnet\nChat ID: local:room:general\n',
    )
    expect(framesOf(socket, 'STATUS')).toEqual([])
    await node.stop()
    const { socket: second } = await harness.attach(attachment)
    await acked(second, second.wake(harness.server.message('hello')))
    const prompts = logged(harness.folder, 'prompt')
    expect(prompts).toHaveLength(2)
    expect(parseWakeText(prompts[1]?.prompt as string)).toMatchObject({ bootstrap: false })
  })

  test('is not introduced where the rule is not all, nor when the bootstrap is none', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(
      harness.agent(RECORD, { rooms: [{ id: 'general', wake: 'mentions' }] }),
    )
    const mentioned = harness.server.message('@alpha', { mentions: ['molt://local/agents/alpha'] })
    await acked(socket, socket.wake(mentioned))
    expect(toldIn(harness, mentioned.id)).toMatchObject({ bootstrap: false })
    await node.stop()
    const { socket: second } = await harness.attach(harness.agent(RECORD, { bootstrap: 'none' }))
    const message = harness.server.message('hello', { target: thread('fresh') })
    await acked(second, second.wake(message))
    expect(toldIn(harness, message.id)).toMatchObject({ bootstrap: false })
  })
})

describe('the last text of a turn', () => {
  test('is published where the messages were, once, when the attachment says so', async () => {
    await using harness = new Harness()
    const attachment = harness.agent('cat > /dev/null; echo the answer', { final_text: 'publish' })
    const { socket } = await harness.attach(attachment)
    const message = harness.server.message('a question', { target: thread('t1') })
    await acked(socket, socket.wake(message))
    expect(harness.server.posted).toMatchObject([
      {
        id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
        target: { kind: 'thread', room_id: 'general', thread_id: 't1' },
        from: { type: 'agent', id: 'alpha' },
        parts: [{ kind: 'text', text: 'the answer' }],
      },
    ])
  })

  test('is not published twice when the turn runs twice', async () => {
    await using harness = new Harness()
    const attachment = harness.agent('cat > /dev/null; echo answer $$', { final_text: 'publish' })
    const message = harness.server.message('a question')
    for (const n of [1, 2]) {
      const { node, socket } = await harness.attach(attachment, {
        stateDir: harness.folder.join(`state-${n}`),
      })
      await acked(socket, socket.wake(message))
      await node.stop()
    }
    expect(harness.server.posted).toHaveLength(1)
  })

  test('is not published when it is empty, held or ignored', async () => {
    await using harness = new Harness()
    const cases = [
      harness.agent('true', { final_text: 'publish' }),
      harness.agent('echo words', { final_text: 'hold' }),
      harness.agent('echo words', { final_text: 'ignore' }),
    ]
    for (const attachment of cases) {
      const { node, socket } = await harness.attach(attachment)
      await acked(socket, socket.wake(harness.server.message('hello')))
      await node.stop()
    }
    expect(harness.server.posted).toEqual([])
  })

  /** What a node told of the ends of turns, by the cursor of the message. */
  const ends = (socket: FakeSocket) =>
    Object.fromEntries(
      framesOf(socket, 'STATUS').flatMap(({ cursor, state, detail }) =>
        state === 'turn_ended' ? [[cursor, detail]] : [],
      ),
    )

  test('goes to a server that keeps it when it is held, once for all messages of the turn', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(
      harness.agent(`${RECORD}\necho "for $MOLTNET_MESSAGE_ID"`, { final_text: 'hold' }),
    )
    const { first, third, events } = await twoTurns(harness, socket)
    const told = ends(socket)
    expect(events.map(({ cursor }) => told[cursor]?.['final_text'])).toEqual([
      `for ${first.id}`,
      undefined,
      `for ${third.id}`,
    ])
  })

  test('stays where it is when it is ignored or published, or the server keeps none', async () => {
    for (const [finalText, options] of [
      ['ignore', {}],
      ['publish', {}],
      ['hold', { v1: true }],
    ] as const) {
      await using harness = new Harness(options)
      const { socket } = await harness.attach(harness.agent('echo words', { final_text: finalText }))
      await acked(socket, socket.wake(harness.server.message('hello')))
      expect(JSON.stringify(framesOf(socket, 'STATUS'))).not.toContain('words')
    }
  })

  test('is cut and cleaned so that it fits into a frame', async () => {
    await using harness = new Harness()
    const long = `printf 'a\\000b\\033[31m\\tc\\r\\nd'; head -c 200000 /dev/zero | tr '\\0' '"'`
    const { socket } = await harness.attach(harness.agent(long, { final_text: 'hold' }))
    const event = socket.wake(harness.server.message('hello'))
    await acked(socket, event)
    const text = ends(socket)[event.cursor]?.['final_text'] as string
    expect(text).toStartWith('ab[31m\tc\nd""')
    expect(text).toEndWith('"…')
    expect(text).toHaveLength(16_384)
  })
})

test('what a runtime was refused is told with the end of its turn', async () => {
  await using harness = new Harness()
  const { socket } = await harness.attach(harness.cli('claude-code'))
  const event = socket.wake(harness.server.message('@run:rm -rf work'))
  await acked(socket, event)
  const end = framesOf(socket, 'STATUS').find(({ state }) => state === 'turn_ended')
  expect(end?.detail).toMatchObject({
    outcome: 'delivered',
    warnings: [expect.stringContaining('denied the use of Bash')],
  })
})
