import type * as ProtocolModule from '@moltnet/protocol'
import { z } from 'zod'
import { EVENT_WORDS, FIELD_WORDS, FRAME_WORDS } from './attach-words.ts'
import { FIELD_HEAD, fieldsOf } from './fields.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Output } from './output.ts'
import { code, table } from './table.ts'

type Protocol = typeof ProtocolModule

/** Keys that every frame has; the page explains them once. */
const COMMON = new Set(['op', 'version'])

interface Frame {
  readonly op: string
  readonly schema: JsonSchema
  readonly from: string
}

/** `docs/reference/attach.md`: frames and events from the schemas that validate them. */
export async function attachOutput(): Promise<Output> {
  const protocol = await import('@moltnet/protocol')
  const frames = framesOf(protocol)
  const summary = frames.map(({ op, from }) => [
    `[${code(op)}](#${op.toLowerCase()})`,
    from,
    wordsOf(FRAME_WORDS, op),
  ])
  return {
    path: 'docs/reference/attach.md',
    parts: {
      'frame overview': table(['op', 'from', 'means'], summary),
      frames: frames.map(frameSection).join('\n\n'),
      timing: timingTable(protocol),
      'close codes': closeCodeTable(protocol),
      events: eventTable(protocol),
    },
  }
}

/** Every frame once, in the order in which a connection sees them: the server speaks first. */
function framesOf({ ServerFrame, ClientFrame }: Protocol): Frame[] {
  const server = new Map(ServerFrame.options.map((option) => [opOf(option), option]))
  const client = new Map(ClientFrame.options.map((option) => [opOf(option), option]))
  const options = new Map<string, z.ZodType>([...server, ...client])
  const order = Object.keys(FRAME_WORDS)
  return [...options]
    .sort(([left], [right]) => order.indexOf(left) - order.indexOf(right))
    .map(([op, option]) => {
      const from = [...(client.has(op) ? ['client'] : []), ...(server.has(op) ? ['server'] : [])].join(', ')
      return { op, from, schema: jsonSchemaOf(option) }
    })
}

function opOf(option: { shape: { op: { value: string } } }): string {
  return option.shape.op.value
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) as JsonSchema
}

function frameSection({ op, from, schema }: Frame): string {
  const words = FIELD_WORDS[op] ?? {}
  // Events have a table of their own.
  const fields = fieldsOf(schema, { skip: COMMON, elsewhere: { event: 'event' } })
  const extra = Object.keys(words).filter((path) => !fields.some((field) => field.path === path))
  if (extra.length > 0) throw new Error(`FIELD_WORDS: ${op} has no field ${extra.join(', ')}`)
  const rows = fields.map(({ path, cells }) => [...cells, wordsOf(words, path)])
  return [
    `### ${code(op)}`,
    `From: ${from}. ${wordsOf(FRAME_WORDS, op)}`,
    ...(rows.length === 0 ? [] : [table([...FIELD_HEAD, 'meaning'], rows)]),
  ].join('\n\n')
}

function timingTable({ ATTACH_TIMING }: Protocol): string {
  const seconds = (name: keyof typeof ATTACH_TIMING) => `${ATTACH_TIMING[name] / 1000} s`
  return table(
    ['what', 'after'],
    [
      ['HELLO announces this heartbeat', seconds('heartbeatMs')],
      ['the server sends PING every', seconds('pingMs')],
      ['no IDENTIFY since the connection opened: ERROR and close', seconds('identifyMs')],
      ['no frame at all from the other side: the connection is dead', seconds('readMs')],
      ['frames wait and the client takes none: the TCP connection is cut', seconds('stallMs')],
    ],
  )
}

/** Close codes that follow an ERROR frame, by the code that the frame carries. */
function closeCodeTable({ ERROR_CODES }: Protocol): string {
  const byClose = Map.groupBy(Object.entries(ERROR_CODES), ([, { closeCode }]) => closeCode)
  const rows = [...byClose]
    .sort(([left], [right]) => left - right)
    .map(([closeCode, entries]) => [String(closeCode), entries.map(([name]) => code(name)).join(', ')])
  return table(['close code', 'after an ERROR with the code'], rows)
}

function eventTable({ MoltnetEvent }: Protocol): string {
  const head = new Set(['id', 'type', 'network_id', 'created_at'])
  const rows = MoltnetEvent.options.map((option) => {
    const type = option.shape.type.value
    const payload = Object.keys(option.shape).filter((key) => !head.has(key))
    return [code(type), payload.map(code).join(', '), wordsOf(EVENT_WORDS, type)]
  })
  return table(['type', 'payload', 'when'], rows)
}

function wordsOf(words: Readonly<Record<string, string>>, name: string): string {
  const found = words[name]
  if (found === undefined) throw new Error(`attach-words.ts has no words for ${name}`)
  return found
}
