import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import { errorCode } from '../state/files.ts'
import { controlAddresses } from './address.ts'
import type { NodePlace } from './address.ts'
import { readLine } from './lines.ts'
import { ControlAnswer } from './wire.ts'
import type { ControlRequest } from './wire.ts'

/** No node runs with this configuration. */
export class NodeNotRunningError extends Error {
  override readonly name = 'NodeNotRunningError'
}

/** A node runs, and could not answer. */
export class NodeAnswerError extends Error {
  override readonly name = 'NodeAnswerError'
}

/** What a request is answered with. */
export type AnswerTo<Op extends ControlRequest['op']> = Extract<ControlAnswer, { op: Op }>

/**
 * Asks the node that runs with a configuration. Throws {@link NodeNotRunningError} when there is none, and
 * {@link NodeAnswerError} when it cannot answer.
 */
export async function askNode<Op extends ControlRequest['op']>(
  place: NodePlace,
  op: Op,
): Promise<AnswerTo<Op>> {
  const socket = await reach(place)
  try {
    const line = readLine(socket, NODE_LIMITS.controlIdleMs)
    socket.write(`${JSON.stringify({ op } satisfies ControlRequest)}\n`)
    const answer = ControlAnswer.parse(JSON.parse(await line))
    if (answer.op === 'error') throw new Error(answer.error)
    if (answer.op !== op) throw new Error(`the node answered ${answer.op} to ${op}`)
    return answer as AnswerTo<Op>
  } catch (error) {
    throw new NodeAnswerError(`the node did not answer as expected: ${messageOf(error)}`, { cause: error })
  } finally {
    socket.destroy()
  }
}

async function reach(place: NodePlace): Promise<Socket> {
  for (const address of controlAddresses(place)) {
    const socket = await connectTo(address)
    if (socket !== undefined) return socket
  }
  throw new NodeNotRunningError(
    `no node runs with ${place.configPath}: start it with \`moltnet node start ${place.configPath}\``,
  )
}

/** A connection, or undefined when nobody listens there. Throws when it may not be used. */
export async function connectTo(address: string): Promise<Socket | undefined> {
  const socket = connect(address)
  const { promise, resolve, reject } = Promise.withResolvers<Socket | undefined>()
  socket.once('connect', () => resolve(socket))
  socket.once('error', (error) => {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') resolve(undefined)
    else reject(error)
  })
  return await promise
}
