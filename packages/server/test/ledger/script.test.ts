import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventFrame } from '@moltnet/protocol'
import { deliveries } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach, type ReadySocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

/** What an agent does with a wake, and what the ledger has to say about that. */
const FATES = {
  spoke: 'spoke',
  silent: 'silent',
  acked: 'acked',
  dead: 'dead',
  busy: 'failed',
  left: 'sent',
} as const
type Fate = keyof typeof FATES

const NAMES = Object.keys(FATES) as Fate[]
const MESSAGES = 48

/** One conversation a message, so that a wake that is retried holds back none of the others. */
const threads = (id: string) => `t-${id}`

/** Treats one wake as the script says. */
async function treat(
  server: TestServer,
  socket: ReadySocket,
  o: { frame: EventFrame; fate: Fate },
): Promise<void> {
  const { frame, fate } = o
  const { event } = frame
  if (event.type !== 'message.created') throw new Error(event.type)
  if (fate === 'left') return
  if (fate === 'busy') return socket.nack(frame, 'busy', { retry_after_ms: 300_000 })
  if (fate === 'acked') return socket.ack(frame)
  socket.status(frame, 'turn_started')
  // The server has read it once it answers.
  await socket.allRead()
  if (fate === 'dead') return socket.nack(frame, 'failed', { error: 'exit 1' })
  if (fate === 'spoke')
    await say(server, { from: 'alpha', thread: threads(event.message.id), text: 'an answer' })
  socket.status(frame, 'turn_ended')
  socket.ack(frame)
}

test('after a run with every kind of end, and a restart, the ledger says what really happened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'moltnet-script-'))
  const config = {
    rooms: [{ id: 'general', members: ['alpha', 'sender'] }],
    delivery: { max_attempts: 1 },
  }
  const consumer = { durable: true, rooms: [{ id: 'general', wake: 'all' }] }
  const fates = new Map<string, Fate>()
  try {
    const first = await startServer({ config, folder })
    const socket = await attach(first.url, { agent: 'alpha', consumer })
    for (let n = 0; n < MESSAGES; n++) {
      const id = `m${n}`
      const fate = NAMES[(n * 5) % NAMES.length] as Fate
      fates.set(id, fate)
      await say(first, { id, thread: threads(id) })
      const frame = await socket.event('message.created')
      await treat(first, socket, { frame, fate })
    }
    const states = async (server: TestServer) => {
      const found: Record<string, string | undefined> = {}
      for (const id of fates.keys()) found[id] = (await deliveries(server, id))['alpha']?.state
      return found
    }
    // Frames are read in order: this PONG comes after everything above was taken.
    await socket.allRead()
    const expected = Object.fromEntries([...fates].map(([id, fate]) => [id, FATES[fate] as string]))
    expect(await states(first)).toEqual(expected)
    await first.stop()
    const second = await startServer({ config, folder })
    const restarted = Object.fromEntries(
      [...fates].map(([id, fate]) => [id, fate === 'left' ? 'pending' : (FATES[fate] as string)]),
    )
    expect(await states(second)).toEqual(restarted)
    await second.stop()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 20_000)
