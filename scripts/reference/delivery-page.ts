import type { JsonSchema } from './json-schema.ts'
import type { Output } from './output.ts'
import { code, grouped, table } from './table.ts'
import { attemptTable, stateTable, transitionTable } from './wake-table.ts'

/** `docs/reference/delivery.md`: the states of a wake from the machine that moves it. */
export async function deliveryOutput(): Promise<Output> {
  const [machine, { FEATURES }] = await Promise.all([
    import('../../packages/server/src/eventlog/wake-machine.ts'),
    import('../../packages/config/src/features.ts'),
  ])
  return {
    path: 'docs/reference/delivery.md',
    parts: {
      states: stateTable(),
      transitions: transitionTable(machine.wakeTransition),
      attempts: attemptTable(machine.wakeTransition),
      waits: waits(machine.backoffMs),
      limits: await limitTable(),
      approvals: approvals(FEATURES.approvals.available),
    },
  }
}

/** The waits between tries up to the first longest one. */
function waits(backoffMs: (retries: number) => number): string {
  const longest = backoffMs(Number.MAX_SAFE_INTEGER)
  const found: number[] = []
  for (let retry = 1; found.at(-1) !== longest; retry += 1) found.push(backoffMs(retry))
  return `${found.map((ms) => `${ms / 1000} s`).join(', ')}, and so on.`
}

async function limitTable(): Promise<string> {
  const [{ configSchema }, { CONSUMER_LIMITS }] = await Promise.all([
    import('@moltnet/config'),
    import('@moltnet/protocol'),
  ])
  const schema: JsonSchema = configSchema('server')
  const setting = (section: string, key: string): string[] => {
    const found = section
      .split('.')
      .reduce((below, name) => below?.properties?.[name], schema as JsonSchema | undefined)
    const { default: value, description } = found?.properties?.[key] ?? {}
    if (value === undefined || description === undefined) throw new Error(`no key ${section}.${key}`)
    return [code(`${section}.${key}`), code(value), description]
  }
  const fixed = (name: string, value: number, words: string): string[] => [name, grouped(value), words]
  const { windowDefault, windowMax, windowPerConversation } = CONSUMER_LIMITS
  return table(
    ['limit', 'value', 'what it bounds'],
    [
      setting('delivery', 'max_attempts'),
      setting('delivery', 'expire_targeted'),
      setting('delivery', 'expire_other'),
      setting('storage.events', 'consumer_ttl'),
      fixed(
        'window',
        windowDefault,
        `Wakes of one consumer that are un-ACKed. A node may ask for up to ${grouped(windowMax)}.`,
      ),
      fixed(
        'window of a conversation',
        windowPerConversation,
        'Un-ACKed wakes of one conversation, so that a busy room does not fill the window.',
      ),
    ],
  )
}

function approvals(available: boolean): string {
  return available
    ? 'An attachment asks for approvals with `approval: true` or `reply: manual`.'
    : 'Approvals and guards are not available in this release: nothing is held yet, and a room or direct messages with `approval` wake nobody.'
}
