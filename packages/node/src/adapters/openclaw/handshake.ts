import { isLoopback } from '@moltnet/client'
import { NODE_LIMITS } from '../../limits.ts'
import type { Connection } from './connection.ts'
import type { DeviceChallenge, DeviceIdentity } from './device.ts'
import { Hello } from './frames.ts'
import type { RuntimeFault } from '../health.ts'
import type { GatewayError } from './frames.ts'

/** Whom the node shows itself as: the gateway knows a closed list of clients and modes. */
const CLIENT = { id: 'gateway-client', mode: 'backend' } as const
const ROLE = 'operator'
const SCOPES = ['operator.read', 'operator.write'] as const
/** The gateway's protocol. */
const PROTOCOL = 4

/** A gateway and what the node shows it. */
export interface GatewayAccess {
  url: string
  token?: string
  /** Home folder of OpenClaw, for error messages. */
  homePath?: string
}

/** How a handshake ended. */
export type HandshakeResult =
  | { type: 'connected'; tickMs: number; version: string | undefined }
  | { type: 'refused'; error: GatewayError }
  | { type: 'lost' }

/** Answers the gateway's challenge. Without a device the shared token alone has to do. */
export async function shakeHands(
  connection: Connection,
  challenge: DeviceChallenge,
  { token, device }: { token: string | undefined; device: DeviceIdentity | undefined },
): Promise<HandshakeResult> {
  const platform = process.platform
  const proof = device?.prove(challenge, {
    clientId: CLIENT.id,
    clientMode: CLIENT.mode,
    role: ROLE,
    scopes: SCOPES,
    token: token ?? '',
    platform,
  })
  const call = connection.call('connect', {
    minProtocol: PROTOCOL,
    maxProtocol: PROTOCOL,
    role: ROLE,
    scopes: SCOPES,
    client: { ...CLIENT, displayName: 'moltnet', version: '1', platform },
    ...(token === undefined ? {} : { auth: { token } }),
    ...(proof === undefined ? {} : { device: proof }),
  })
  const answer = await call.next()
  call.forget()
  if (answer.type === 'lost') return answer
  if (answer.type === 'error') return { type: 'refused', error: answer.error }
  const hello = Hello.safeParse(answer.payload).data
  const tickMs = hello?.policy?.tickIntervalMs ?? NODE_LIMITS.gatewayTickMs
  return { type: 'connected', tickMs, version: hello?.server?.version }
}

/** Whether the gateway wants to know the device and was shown none. */
export function wantsDevice({ code, details }: GatewayError): boolean {
  return code === 'NOT_PAIRED' || details?.code === 'DEVICE_IDENTITY_REQUIRED'
}

/** What an operator is told about a gateway that does not let the node in. */
export function explainRefusal(error: GatewayError, access: GatewayAccess): RuntimeFault {
  const place = `the OpenClaw gateway at ${access.url}`
  const config = `${access.homePath ?? '~'}/.openclaw/openclaw.json`
  switch (error.details?.code ?? error.code) {
    case 'AUTH_TOKEN_MISSING':
    case 'AUTH_PASSWORD_MISSING':
    case 'AUTH_REQUIRED':
      return {
        problem: `${place} wants its token`,
        fix: `set runtime.token to gateway.auth.token of ${config}`,
      }
    case 'AUTH_TOKEN_MISMATCH':
    case 'AUTH_PASSWORD_MISMATCH':
      return {
        problem: `${place} refused runtime.token`,
        fix: `it must be gateway.auth.token of ${config}`,
      }
    case 'PROTOCOL_MISMATCH':
      return {
        problem: `${place} does not speak protocol ${PROTOCOL} (${error.message})`,
        fix: 'update OpenClaw or Moltnet',
      }
  }
  if (error.code === 'NOT_PAIRED') return explainPairing(error, place)
  return {
    problem: `${place} refused the connection (${error.details?.code ?? error.code})`,
    fix: error.message,
  }
}

function explainPairing({ message, details }: GatewayError, place: string): RuntimeFault {
  const problem = `${place} has to approve this node once`
  const { requestId } = details ?? {}
  if (requestId !== undefined) {
    return { problem, fix: `run \`openclaw devices approve ${requestId}\` on its machine` }
  }
  return {
    problem,
    fix: `run \`openclaw devices list\` on its machine, then \`openclaw devices approve <requestId>\` (${message})`,
  }
}

/** Whether the node is let in by the token alone. */
export function needsNoDevice(url: string): boolean {
  return isLoopback(url)
}
