import { expect, test } from 'bun:test'
import { temporaryFolder } from '../support/folder.ts'
import { startTestServer } from '../support/network.ts'

test('readers that leave the event stream are no fault of the server', async () => {
  await using folder = await temporaryFolder()
  await using server = await startTestServer({ folder: folder.path, rooms: '[]' })
  for (let reader = 0; reader < 5; reader++) {
    const leave = new AbortController()
    const answer = await fetch(`${server.url}/v1/events/stream`, { signal: leave.signal })
    await answer.body?.getReader().read()
    leave.abort()
  }
  // The next request is answered after the server saw the readers go.
  await server.client.createRoom({ id: 'after' })
  server.process.kill('SIGTERM')
  expect(await server.process.exited).toBe(0)
  expect(server.process.log()).not.toContain('event stream failed')
}, 30_000)
