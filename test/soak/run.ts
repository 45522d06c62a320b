import {
  type HttpClient,
  type MessageBody,
  openAttachment,
  openEventStream,
  sendUntilKnown,
} from '@moltnet/client'
import { conversationKey } from '@moltnet/protocol'
import { join } from 'node:path'
import { WRITER } from '../faults/harness/conversations.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startTestServer, TEST_NETWORK, type TestServer, wholeHistory } from '../support/network.ts'
import { type Sample, sampleOf } from './samples.ts'
import { NOTHING_SENT, SerialAccount, type SerialCounts } from './serial-account.ts'

/** How much work, for how long. */
export interface SoakOptions {
  readonly minutes: number
  readonly agents: number
  readonly perSecond: number
  readonly restartMinutes: number
}

/** What came of it. */
export interface SoakResult {
  readonly counts: SerialCounts
  readonly restarts: number
  readonly samples: readonly Sample[]
}

const ROOMS = 10

/** Time between two samples, in milliseconds. */
const SAMPLE_MS = 5_000

/** Characters of a message. */
const CHARACTERS = 200

/** How long a writer seeks the outcome of one message, in milliseconds. */
const PATIENCE_MS = 120_000

/** Samples between two lines of progress: one a minute. */
const SAMPLES_A_LINE = 12

/** Readers are caught up this long after the last message, in milliseconds. */
const CAUGHT_UP_MS = 60_000

/** Runs a server under even load, restarts it now and then, and measures it. */
export async function soak(options: SoakOptions, say: (line: string) => void): Promise<SoakResult> {
  await using stack = new AsyncDisposableStack()
  const { path: folder } = stack.use(await temporaryFolder())
  const names = Array.from({ length: options.agents }, (_, n) => `a${n}`)
  const ids = Array.from({ length: ROOMS }, (_, n) => `r${n}`)
  const config = ids.map(
    (id, at) => `{ id: ${id}, members: [${names.filter((_, n) => n % ROOMS === at).join(', ')}] }`,
  )
  const server = stack.use(await startTestServer({ folder, rooms: `[${config.join(', ')}]` }))
  const rooms = ids.map((id) => new SerialAccount(id))
  const roomOf = (n: number) => rooms[n % ROOMS] as SerialAccount
  for (const [n, name] of names.entries())
    await attach(stack, { server, name, room: roomOf(n), durable: n % 20 < 10 })
  observe(stack, { server, rooms })
  const meter = new Meter({ server, wal: join(folder, 'moltnet.db-wal'), say })
  const ending = new AbortController()
  const writing = rooms.map((room, n) =>
    write(room, { ...options, client: server.client, offset: n, signal: ending.signal }),
  )
  const restarts = await restartNowAndThen(options, { server, meter })
  ending.abort()
  await Promise.all(writing)
  await until(
    () => rooms.every((room) => room.behind().length === 0),
    () => `nobody is behind: ${rooms.map((room) => room.behind().join(' ')).join(' ')}`,
    CAUGHT_UP_MS,
  ).catch((error: unknown) => say(String(error)))
  meter.stop()
  for (const room of rooms) {
    const history = await wholeHistory(server.client, room.room)
    room.judge(history.map(({ id }) => id))
  }
  return { counts: total(rooms), restarts, samples: meter.samples }
}

/** An agent that reads its room until the run is over. */
async function attach(
  stack: AsyncDisposableStack,
  o: { server: TestServer; name: string; room: SerialAccount; durable: boolean },
): Promise<void> {
  const { server, name, room, durable } = o
  const attachment = openAttachment({
    baseUrl: server.url,
    networkId: TEST_NETWORK,
    agent: { id: name },
    ...(durable && {
      consumer: {
        durable: true,
        rooms: [{ id: room.room, wake: 'all' }],
        dms: { enabled: false, wake: 'never' },
      },
    }),
  })
  const ready = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    for await (const item of attachment) {
      if (item.type === 'ready') ready.resolve()
      if (item.type !== 'event') continue
      const { event } = item.frame
      // Without auth a plain attachment sees every room; one is judged.
      if (event.type === 'message.created' && conversationKey(event.message.target) === `room:${room.room}`)
        room.saw(name, event.message.id)
      item.ack()
    }
  }
  room.join(name)
  run().catch(ready.reject)
  stack.defer(() => attachment.close())
  await ready.promise
}

/** An event stream that sees every room. */
function observe(
  stack: AsyncDisposableStack,
  { server, rooms }: { server: TestServer; rooms: SerialAccount[] },
): void {
  const stopping = new AbortController()
  const byId = new Map(rooms.map((room) => [room.room, room]))
  for (const room of rooms) room.join('stream')
  const run = async (): Promise<void> => {
    for await (const event of openEventStream({ baseUrl: server.url, signal: stopping.signal })) {
      if (event.type !== 'message.created' || event.message.target.kind !== 'room') continue
      byId.get(event.message.target.room_id)?.saw('stream', event.message.id)
    }
  }
  const running = run()
  stack.defer(async () => {
    stopping.abort()
    await running
  })
}

/** Sends at even, intended times: what a restart held up is sent as fast as it is answered. */
async function write(
  room: SerialAccount,
  o: { client: HttpClient; perSecond: number; offset: number; signal: AbortSignal },
): Promise<void> {
  const everyMs = (1_000 * ROOMS) / o.perSecond
  let next = performance.now() + (everyMs * o.offset) / ROOMS
  while (!o.signal.aborted) {
    const wait = next - performance.now()
    if (wait > 0) await Bun.sleep(wait)
    await send(o.client, room)
    next += everyMs
  }
}

/** Sends the next message of a room until it is known to be stored. */
async function send(client: HttpClient, account: SerialAccount): Promise<void> {
  const id = account.nextId
  const body: MessageBody = {
    id,
    target: { kind: 'room', room_id: account.room },
    from: { type: 'human', id: WRITER },
    parts: [{ kind: 'text', text: `message ${id} `.padEnd(CHARACTERS, 'lorem ipsum ') }],
  }
  await sendUntilKnown(client, body, { timeoutMs: PATIENCE_MS })
  account.sent()
}

async function restartNowAndThen(
  { minutes, restartMinutes }: SoakOptions,
  { server, meter }: { server: TestServer; meter: Meter },
): Promise<number> {
  const begun = performance.now()
  const end = begun + minutes * 60_000
  let restarts = 0
  for (;;) {
    const due = begun + (restarts + 1) * restartMinutes * 60_000
    await Bun.sleep(Math.max(0, Math.min(due, end) - performance.now()))
    if (due >= end) return restarts
    meter.pause()
    // In order and without it, in turn.
    await server.kill(restarts % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
    await server.start()
    meter.resume()
    restarts += 1
  }
}

/** Takes samples of the server that is running. */
class Meter {
  readonly samples: Sample[] = []
  readonly #options: { server: TestServer; wal: string; say: (line: string) => void }
  readonly #begun = performance.now()
  #since = performance.now()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: { server: TestServer; wal: string; say: (line: string) => void }) {
    this.#options = options
    this.resume()
  }

  resume(): void {
    this.#since = performance.now()
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  pause(): void {
    clearInterval(this.#timer)
  }

  stop(): void {
    this.#sample()
    this.pause()
  }

  #sample(): void {
    const now = performance.now()
    const [at, age] = [(now - this.#begun) / 1_000, (now - this.#since) / 1_000]
    const { server, wal, say } = this.#options
    const sample = sampleOf({ pid: server.process.pid, wal, at, age })
    this.samples.push(sample)
    if (this.samples.length % SAMPLES_A_LINE !== 0) return
    const { rssMb, files, walMb } = sample
    say(`${Math.round(at)} s: ${rssMb.toFixed(1)} MB, ${files} files, log ${walMb.toFixed(1)} MB`)
  }
}

function total(rooms: readonly SerialAccount[]): SerialCounts {
  const sum = { ...NOTHING_SENT }
  for (const { counts } of rooms) {
    for (const key of Object.keys(sum) as (keyof SerialCounts)[]) sum[key] += counts[key]
  }
  return sum
}
