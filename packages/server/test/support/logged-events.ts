import type { MoltnetEvent } from '@moltnet/protocol'
import type { TestServer } from './start-server.ts'
import { TestStream } from './stream.ts'

/** The first `count` events of the log, by an observer that resumes from before them. */
export async function loggedEvents(server: TestServer, count: number): Promise<MoltnetEvent[]> {
  await using stream = await TestStream.open(server.url, { lastEventId: 'none' })
  // The first one says that there was no such cursor.
  await stream.until(() => stream.events.length > count, `${count} events`)
  return stream.events.slice(1).map((event) => event.data)
}
