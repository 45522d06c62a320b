import type { Socket } from 'node:net'
import { NODE_LIMITS } from '../limits.ts'

/**
 * The first line that comes on a connection, without its end. Rejects when the connection ends before, says
 * nothing for too long, or says too much.
 */
export function readLine(socket: Socket, idleMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  let bytes = 0
  socket.setTimeout(idleMs, () => socket.destroy(new Error(`no answer within ${idleMs / 1000} s`)))
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.indexOf(0x0a)
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
    bytes += chunk.length
    if (end >= 0) resolve(Buffer.concat(chunks).toString('utf8'))
    else if (bytes > NODE_LIMITS.controlBytes) socket.destroy(new Error('the line is too long'))
  })
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('the connection ended before its line')))
  return promise
}
