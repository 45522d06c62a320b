import type { MessageDraft } from '../../packages/server/src/store/port.ts'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/store.ts'
import { BENCH_NETWORK, benchRoom } from './load/bodies.ts'

/** Messages that share one turn of the loop, and so one commit. */
const BATCH = 5_000

/** Id of the seeded message number `index`. */
export function seedId(index: number): string {
  return `msg_seed_${index}`
}

/** Stores `count` messages of about 600 bytes in the bench room through the server's own store. Gives the seconds it took. */
export async function seedMessages(path: string, count: number): Promise<number> {
  const started = performance.now()
  const store = openSqliteStore(path, { networkId: BENCH_NETWORK, networkName: 'Bench' })
  for (let first = 0; first < count; first += BATCH) {
    await Promise.all(
      Array.from({ length: Math.min(BATCH, count - first) }, (_, i) =>
        store.transact((tx) => tx.insertMessage(draft(first + i))),
      ),
    )
  }
  await store.close()
  return (performance.now() - started) / 1000
}

function draft(index: number): MessageDraft {
  const id = seedId(index)
  return {
    message: {
      id,
      network_id: BENCH_NETWORK,
      origin: { network_id: BENCH_NETWORK, message_id: id },
      target: { kind: 'room', room_id: benchRoom(0) },
      from: {
        type: 'agent',
        id: 'agent-0',
        network_id: BENCH_NETWORK,
        fqid: `molt://${BENCH_NETWORK}/agents/agent-0`,
      },
      parts: [{ kind: 'text', text: `message ${index} `.padEnd(80, 'x') }],
    } as MessageDraft['message'],
    scope: { kind: 'room', roomId: benchRoom(0) },
    credentialKey: 'anonymous',
    artifacts: [],
  }
}
