// A process that writes to a store until it is told, or made, to stop. Prints one line per acknowledged
// message (its id), `refused <reason>` for one that was not, `failed` when the store failed for good.
// bun writer-process.ts <path> <clients> <messages>
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { StoreFailed } from '../../src/store/port.ts'
import { draft, NETWORK, room, toRoom } from './stores.ts'

/** Written at once, so that a trace of system calls shows it where it happened. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      // The pipe is full: the reader is on its way.
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
    }
  }
}

const [path = '', clients = '1', messages = '1'] = process.argv.slice(2)
const store = openSqliteStore(path, { networkId: NETWORK })
await store.transact((tx) => tx.putRoom(room('general')))
say('ready')
void store.failed.then(() => {
  say('failed')
  process.exit(1)
})

let next = 0
async function client(): Promise<void> {
  while (next < Number(messages)) {
    const id = `m${next++}`
    try {
      await store.transact((tx) => tx.insertMessage(draft(id, toRoom('general'), id.repeat(200))))
      say(id)
    } catch (error) {
      say(`refused ${(error as StoreFailed).reason}: ${(error as Error).message}`)
      if ((error as StoreFailed).reason !== 'unavailable') return
    }
  }
}
await Promise.all(Array.from({ length: Number(clients) }, client))
await store.close()
