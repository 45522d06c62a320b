/** Room that every load talks in. */
export const BENCH_ROOM = 'bench'
/** Network of the benchmark's servers. */
export const BENCH_NETWORK = 'bench'

/** A message body whose EVENT frame has about `frameBytes` bytes. */
export function messageBody(o: { from: string; frameBytes: number; text?: string }): string {
  const text = (o.text ?? '').padEnd(Math.max(1, o.frameBytes - 520), 'x')
  return JSON.stringify({
    target: { kind: 'room', room_id: BENCH_ROOM },
    from: { type: 'agent', id: o.from },
    parts: [{ kind: 'text', text }],
  })
}
