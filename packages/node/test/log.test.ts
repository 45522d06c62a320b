import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { configure, getTextFormatter, reset } from '@logtape/logtape'
import type { LogRecord } from '@logtape/logtape'
import { acked, framesOf, nacked } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'
import { until } from './support/temp.ts'

const records: LogRecord[] = []
const format = getTextFormatter({ timestamp: 'none' })

beforeEach(async () => {
  records.length = 0
  await configure({
    reset: true,
    sinks: { memory: (record) => records.push(record) },
    loggers: [
      { category: 'moltnet', sinks: ['memory'], lowestLevel: 'debug' },
      { category: ['logtape', 'meta'], sinks: [], lowestLevel: 'fatal' },
    ],
  })
})

afterEach(() => reset())

/** All lines as an operator sees them, with every property. */
function log(): string {
  return records.map((record) => `${format(record)} ${JSON.stringify(record.properties)}`).join('\n')
}

async function logs(part: string | RegExp): Promise<void> {
  await until(`a log line with ${part}`, () =>
    typeof part === 'string' ? log().includes(part) : part.test(log()),
  )
}

describe('the log', () => {
  test('holds the last text of a turn when the server keeps none', async () => {
    await using harness = new Harness({ v1: true })
    const { socket } = await harness.attach(harness.agent('cat > /dev/null; echo what it said'))
    await acked(socket, socket.wake(harness.server.message('hello')))
    await logs(/last text of the turn for .*msg_1.*not published.*what it said/)
  })

  test('holds the last text of a turn that ended without a connection to tell it on', async () => {
    await using harness = new Harness()
    const gate = harness.folder.join('gate')
    const script = `cat > /dev/null; while [ ! -e ${gate} ]; do sleep 0.02; done; echo what it said`
    const { node, socket } = await harness.attach(harness.agent(script))
    const event = socket.wake(harness.server.message('hello'))
    await until('the turn', () => framesOf(socket, 'STATUS').length === 1)
    socket.terminate()
    await reaches(node, 'backing_off')
    writeFileSync(gate, '')
    await logs(/last text of the turn for .*msg_1.*not published.*what it said/)
    await acked(await harness.server.attached(2), event)
  })

  test('leaves to the server what the server keeps', async () => {
    await using harness = new Harness()
    const { socket } = await harness.attach(harness.agent('cat > /dev/null; echo what it said'))
    await acked(socket, socket.wake(harness.server.message('hello')))
    expect(JSON.stringify(framesOf(socket, 'STATUS'))).toContain('what it said')
    expect(log()).not.toContain('what it said')
  })

  test('says what wakes nobody on a server without approvals', async () => {
    await using harness = new Harness({ v1: true })
    await harness.attach(
      harness.agent('true', {
        rooms: [{ id: 'ops', read: 'all', reply: 'manual' }],
        dms: { enabled: true, approval: true },
      }),
    )
    await logs(/cannot hold wakes.*room ops/)
    await logs(/cannot hold wakes.*direct messages/)
  })

  test('says which rooms cannot be read, go or lose the agent, and that events are missing', async () => {
    await using harness = new Harness({ rejected: [{ room: 'general', reason: 'alpha is no member' }] })
    const { socket } = await harness.attach(harness.agent('true'))
    await logs(/general.*cannot be read.*alpha is no member/)
    socket.sendEvent({
      type: 'stream.replay_gap',
      replay_gap: { requested_event_id: 'evt_old', oldest_event_id: 'evt_a', newest_event_id: 'evt_b' },
    })
    await logs(/no longer has the events after.*evt_old/)
    const room = {
      id: 'general',
      network_id: 'local',
      fqid: 'molt://local/rooms/general',
      name: 'General',
      members: ['ada'],
      visibility: 'private',
      write_policy: 'members',
      created_at: '2026-04-01T09:00:00Z',
    }
    socket.sendEvent({ type: 'room.members.updated', room })
    await logs(/alpha.*no longer a member of room.*general/)
    socket.sendEvent({ type: 'room.removed', room })
    await logs(/room.*general.*was removed/)
  })

  test('has no token and no text of a message, whatever happens to it', async () => {
    await using harness = new Harness({ token: 'very-secret-token' })
    harness.env.TOKEN = 'very-secret-token'
    const gate = harness.folder.join('work', 'fail')
    writeFileSync(gate, '')
    const attachment = harness.agent('cat > /dev/null; [ -e "$PWD/fail" ] && exit 1; exit 0', {
      moltnet: { token_env: 'TOKEN' },
    })
    const { node, socket } = await harness.attach(attachment)
    const message = harness.server.message('a confidential sentence')
    await nacked(socket, socket.wake(message))
    Bun.spawnSync(['rm', gate])
    await acked(socket, socket.wake(message, { redelivered: true }))
    await node.stop()
    expect(log()).toContain('msg_1')
    expect(log()).not.toContain('very-secret-token')
    expect(log()).not.toContain('confidential')
  })
})
