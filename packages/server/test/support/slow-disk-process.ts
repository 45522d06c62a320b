// Writes messages one by one until one is refused or there are enough, and looks at each meanwhile. Prints as JSON what
// it saw. `bun slow-disk-process.ts <path> <messages>`
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { draft, NETWORK, room, toRoom } from './stores.ts'

const [path = '', messages = '1'] = process.argv.slice(2)
const store = openSqliteStore(path, { networkId: NETWORK })
let turns = 0
const counter = setInterval(() => (turns += 1), 5)
await store.transact((tx) => tx.putRoom(room('general')))

const seen = { early: 0, turns: 0, longestMs: 0, refused: '', readRefused: '' }
for (let n = 0; n < Number(messages) && seen.refused === ''; n++) {
  const id = `m${n}`
  const turnsBefore = turns
  const started = performance.now()
  let ended = false
  const write = store
    .transact((tx) => tx.insertMessage(draft(id, toRoom('general'), id)))
    .then(
      () => undefined,
      (error: Error) => (seen.refused = error.message),
    )
    .finally(() => (ended = true))
  const look = async () => {
    while (!ended) {
      const found = await store.read.message(id)
      if (found !== undefined && !ended) seen.early += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([write, look().catch((error: Error) => (seen.readRefused = error.message))])
  const tookMs = performance.now() - started
  if (tookMs > seen.longestMs) Object.assign(seen, { longestMs: tookMs, turns: turns - turnsBefore })
}
if (seen.refused !== '')
  await store.read.message('m0').catch((error: Error) => (seen.readRefused = error.message))
clearInterval(counter)
await store.close()
process.stdout.write(`${JSON.stringify(seen)}\n`)
