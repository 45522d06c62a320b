/** Network of the servers that a benchmark starts. */
export const BENCH_NETWORK = 'bench'

/** Id of a room that loads talk in, from 0. */
export function benchRoom(index: number): string {
  return index === 0 ? 'bench' : `bench-${index}`
}

/** A message body; `text` is filled up to `textBytes`. */
export function messageBody(o: { from: string; textBytes: number; text?: string; room?: number }): string {
  return JSON.stringify({
    target: { kind: 'room', room_id: benchRoom(o.room ?? 0) },
    from: { type: 'agent', id: o.from },
    parts: [{ kind: 'text', text: (o.text ?? '').padEnd(Math.max(1, o.textBytes), 'x') }],
  })
}
