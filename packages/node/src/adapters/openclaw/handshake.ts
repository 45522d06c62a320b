import { isLoopback } from '@moltnet/client'
import { NODE_LIMITS } from '../../limits.ts'
import type { Connection } from './connection.ts'
import type { DeviceChallenge, DeviceIdentity } from './device.ts'
import { Hello } from './frames.ts'
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
  | { type: 'connected'; tickMs: number }
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
  const tickMs = Hello.safeParse(answer.payload).data?.policy?.tickIntervalMs
  return { type: 'connected', tickMs: tickMs ?? NODE_LIMITS.gatewayTickMs }
}

/** Whether the gateway wants to know the device and was shown none. */
export function wantsDevice({ code, details }: GatewayError): boolean {
  return code === 'NOT_PAIRED' || details?.code === 'DEVICE_IDENTITY_REQUIRED'
}

/** What an operator is told about a gateway that does not let the node in. */
export function explainRefusal(error: GatewayError, access: GatewayAccess): string {
  const place = `the OpenClaw gateway at ${access.url}`
  const config = `${access.homePath ?? '~'}/.openclaw/openclaw.json`
  const { requestId } = error.details ?? {}
  switch (error.details?.code ?? error.code) {
    case 'AUTH_TOKEN_MISSING':
    case 'AUTH_PASSWORD_MISSING':
    case 'AUTH_REQUIRED':
      return `${place} wants its token: set runtime.token to gateway.auth.token of ${config}`
    case 'AUTH_TOKEN_MISMATCH':
    case 'AUTH_PASSWORD_MISMATCH':
      return `${place} refused runtime.token: it must be gateway.auth.token of ${config}`
    case 'PROTOCOL_MISMATCH':
      return `${place} does not speak protocol ${PROTOCOL} (${error.message}): update OpenClaw or Moltnet`
  }
  if (error.code === 'NOT_PAIRED' && requestId !== undefined) {
    return `${place} has to approve this node once: run \`openclaw devices approve ${requestId}\` on its machine`
  }
  if (error.code === 'NOT_PAIRED') {
    return `${place} has to approve this node once: run \`openclaw devices list\` on its machine, then \`openclaw devices approve <requestId>\` (${error.message})`
  }
  return `${place} refused the connection: ${error.message} (${error.details?.code ?? error.code})`
}

/** Whether the node is let in by the token alone. */
export function needsNoDevice(url: string): boolean {
  return isLoopback(url)
}
