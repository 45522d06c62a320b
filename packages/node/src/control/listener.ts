import { chmodSync, lstatSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { dirname } from 'node:path'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import { isMissing, removeFile } from '../state/files.ts'
import { controlAddresses, ensurePrivateFolder } from './address.ts'
import type { NodePlace } from './address.ts'
import { connectTo } from './ask.ts'
import { readLine } from './lines.ts'
import { ControlRequest } from './wire.ts'
import type { ControlAnswer } from './wire.ts'

/** Answers one request. May throw. */
export type AnswerRequest = (request: ControlRequest) => Promise<ControlAnswer>

/** The node's own socket, on which its operator asks it. */
export interface ControlListener extends AsyncDisposable {
  readonly address: string
}

/**
 * Listens for the operator of this machine: a socket that only this user may use (0600, in a folder of
 * 0700). One that a killed node left behind is replaced. Throws when another node listens there, or there
 * is no place for a socket.
 */
export async function listenForOperator(place: NodePlace, answer: AnswerRequest): Promise<ControlListener> {
  const [address] = controlAddresses(place)
  if (address === undefined) throw new Error('there is no place with a path that is short enough')
  const isPipe = process.platform === 'win32'
  if (!isPipe) await clear(address)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    void serve(socket, answer)
  })
  await listen(server, address)
  if (!isPipe) chmodSync(address, 0o600)
  // Listening alone is no reason for the process to go on.
  server.unref()
  return {
    address,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
      if (!isPipe) removeFile(address)
    },
  }
}

/** Makes room for the socket. */
async function clear(address: string): Promise<void> {
  ensurePrivateFolder(dirname(address))
  const found = kindOf(address)
  if (found === 'nothing') return
  if (found === 'other') throw new Error(`${address} is no socket: remove it`)
  const other = await connectTo(address)
  other?.destroy()
  if (other !== undefined) throw new Error('another node runs with this configuration')
  removeFile(address)
}

function kindOf(path: string): 'nothing' | 'socket' | 'other' {
  try {
    return lstatSync(path).isSocket() ? 'socket' : 'other'
  } catch (error) {
    if (isMissing(error)) return 'nothing'
    throw error
  }
}

async function listen(server: Server, address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(address, resolve)
  await promise
}

/** Never throws: who asks and goes away concerns nobody. */
async function serve(socket: Socket, answer: AnswerRequest): Promise<void> {
  try {
    const line = await readLine(socket, NODE_LIMITS.controlIdleMs)
    const reply = await answerLine(line, answer)
    socket.end(`${JSON.stringify(reply)}\n`)
  } catch {
    socket.destroy()
  }
}

async function answerLine(line: string, answer: AnswerRequest): Promise<ControlAnswer> {
  try {
    return await answer(ControlRequest.parse(JSON.parse(line)))
  } catch (error) {
    return { op: 'error', error: messageOf(error) }
  }
}
