import {
  ATTACH_TIMING,
  ATTACH_VERSION,
  ClientFrame,
  describeIssues,
  ERROR_CODES,
  type ErrorCode,
  type ErrorFrame,
  type HelloFrame,
  parseJson,
  type PingFrame,
  type PongFrame,
  type ReadyFrame,
} from '@moltnet/protocol'

const version = ATTACH_VERSION

/** The first frame of every socket. */
export const HELLO = JSON.stringify({
  op: 'HELLO',
  version,
  heartbeat_interval_ms: ATTACH_TIMING.heartbeatMs,
} satisfies HelloFrame)

export const PING = JSON.stringify({ op: 'PING', version } satisfies PingFrame)

export const PONG = JSON.stringify({ op: 'PONG', version } satisfies PongFrame)

export function readyFrame(fields: Omit<ReadyFrame, 'op' | 'version'>): string {
  return JSON.stringify({ op: 'READY', version, ...fields } satisfies ReadyFrame)
}

/** `retryable` defaults to what the code says. */
export function errorFrame(code: ErrorCode, error: string, retryable?: boolean): string {
  const known = retryable ?? ERROR_CODES[code].retryable
  return JSON.stringify({ op: 'ERROR', version, error, code, retryable: known } satisfies ErrorFrame)
}

/** A frame of a client, or what is wrong with it. */
export type ParsedFrame = ClientFrame | { readonly op: 'malformed'; readonly fault: string }

const ACK_HEAD = `{"op":"ACK","version":"${ATTACH_VERSION}","cursor":"`
const ACK_TAIL = '"}'

/** Ops whose frames may come without a version. */
const UNVERSIONED: ReadonlySet<unknown> = new Set(['ACK', 'PONG'])

/** Reads one text frame. */
export function parseFrame(text: string): ParsedFrame {
  return parseAck(text) ?? parseAny(text)
}

/** The one frame that comes as often as events go out, in the form that most clients write it. */
function parseAck(text: string): ParsedFrame | undefined {
  if (!text.startsWith(ACK_HEAD) || !text.endsWith(ACK_TAIL)) return undefined
  const cursor = text.slice(ACK_HEAD.length, -ACK_TAIL.length)
  // Anything with a quote or an escape is for the JSON parser.
  return cursor.includes('"') || cursor.includes('\\') ? undefined : { op: 'ACK', cursor }
}

function parseAny(text: string): ParsedFrame {
  const json = parseJson(text)
  if (!json.ok) return malformed(FAULTS[json.reason])
  const { value } = json
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed('a frame must be a JSON object')
  }
  const frame = value as Record<string, unknown>
  const unversioned = UNVERSIONED.has(frame.op) && frame.version === undefined
  if (!unversioned && frame.version !== ATTACH_VERSION) {
    return malformed(`this server speaks ${ATTACH_VERSION}: version must say so`)
  }
  const parsed = ClientFrame.safeParse(frame)
  return parsed.success ? parsed.data : malformed(describeIssues(parsed.error, frame).message)
}

function malformed(fault: string): ParsedFrame {
  return { op: 'malformed', fault }
}

const FAULTS = {
  syntax: 'a frame must be one JSON object',
  depth: 'a frame is nested too deeply',
  nul: 'a frame must not contain the NUL character',
} as const
