import type { DeliveryState } from '@moltnet/protocol'
import type { JsonSchema } from './json-schema.ts'
import type { Output } from './output.ts'
import { code, grouped, table } from './table.ts'
import { attemptTable, stateTable, transitionTable } from './wake-table.ts'

/** `docs/reference/delivery.md`: the states of a wake from the machine that moves it. */
export async function deliveryOutput(): Promise<Output> {
  const machine = await import('../../packages/server/src/eventlog/wake-machine.ts')
  return {
    path: 'docs/reference/delivery.md',
    parts: {
      states: stateTable(),
      transitions: transitionTable(machine.wakeTransition),
      ledger: await ledgerTable(),
      attempts: attemptTable(machine.wakeTransition),
      waits: waits(machine.backoffMs),
      limits: await limitTable(),
      guards: await guardTable(),
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

/** Rows about settings of the server, from their schema. */
async function settingRows(): Promise<(section: string, key: string) => string[]> {
  const { configSchema } = await import('@moltnet/config')
  const schema: JsonSchema = configSchema('server')
  return (section, key) => {
    const found = section
      .split('.')
      .reduce((below, name) => below?.properties?.[name], schema as JsonSchema | undefined)
    const { default: value, description } = found?.properties?.[key] ?? {}
    if (value === undefined || description === undefined) throw new Error(`no key ${section}.${key}`)
    return [code(`${section}.${key}`), code(value), description]
  }
}

async function limitTable(): Promise<string> {
  const [setting, { CONSUMER_LIMITS }] = await Promise.all([settingRows(), import('@moltnet/protocol')])
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

/** The settings of the guards, and their numbers that are no settings. */
async function guardTable(): Promise<string> {
  const [setting, { GUARD_LIMITS, dampMs }] = await Promise.all([
    settingRows(),
    import('../../packages/server/src/domain/guards.ts'),
  ])
  const waits: number[] = []
  while (waits.at(-1) !== GUARD_LIMITS.dampMaxMs) waits.push(dampMs(waits.length + 1, { soft: 0 }))
  const seconds = waits.map((ms) => `${ms / 1000} s`).join(', ')
  return table(
    ['limit', 'value', 'what it does'],
    [
      ...['chain_soft', 'chain_hard', 'turns_per_minute', 'turns_per_hour'].map((key) =>
        setting('guards', key),
      ),
      [
        'damping',
        seconds,
        'How long the first wakes beyond `chain_soft` wait for others; all later ones the longest.',
      ],
      [
        'turns kept for others',
        `1 in ${GUARD_LIMITS.keptShare}`,
        'Of the turns of a minute or hour, those that no sender gets who has had more than a share.',
      ],
    ],
  )
}

const STATE_WORDS: Readonly<Record<DeliveryState, string>> = {
  no_consumer:
    'An agent that the message is targeted at has no durable consumer for the conversation, and nothing wakes it.',
  stored: 'The message is stored. The agent is away, and will meet it when it is back.',
  pending:
    'It waits to be sent: for its turn in the conversation, for the agent, or for the guard that `reason` names.',
  held: 'It waits for an operator: `reason` is `approval` or `guard`.',
  sent: 'It is with the node.',
  turn_started: 'The agent works on it.',
  turn_ended: 'The turn is over, and the ACK has not come.',
  failed:
    'The node did not take it, for the `reason` that it gave. `next_try_at` says when it is sent again.',
  spoke: 'Done: the agent said something in the conversation during its turn.',
  silent:
    'Done: the turn ended well and the agent said nothing there. `final_text` is what it would have said, if its node sent that.',
  acked: 'Done: it was taken, and no turn was reported. All that v1 sockets tell.',
  closed: 'A v1 socket ended before its ACK.',
  dead: 'Given up after too many failures, or because the agent may no longer read it.',
  expired: 'Too old to be delivered.',
  dismissed: 'An operator ended it, or its conversation left the subscription.',
}

/** How the ledger names what became of a message. */
async function ledgerTable(): Promise<string> {
  const { DeliveryState } = await import('@moltnet/protocol')
  return table(
    ['state', 'means'],
    DeliveryState.options.map((state) => [code(state), STATE_WORDS[state]]),
  )
}
