import { RoomId, Visibility, WakeRule, WritePolicy } from '@moltnet/protocol'
import { z } from 'zod'
import type { Report } from '../core/report.ts'
import type { Salvaged } from '../core/validate.ts'
import type { DmBinding, RoomBinding } from '../node/types.ts'

/** Both notations of the rule that says which messages wake an agent. */
const wakeKeys = {
  wake: WakeRule.optional().describe('Which messages wake the agent; `all` when left out.'),
  approval: z.boolean().optional().describe('With `wake`: an operator must approve each wake.'),
  read: z
    .enum(['all', 'mentions', 'thread_only'])
    .optional()
    .describe('Older notation of `wake`: which messages the agent sees; `all` when left out.'),
  reply: z
    .enum(['auto', 'manual', 'never'])
    .optional()
    .describe(
      'With `read`: `auto` wakes the agent, `manual` asks an operator first, `never` wakes nobody. `auto` when left out.',
    ),
}

/** A room that an agent is attached to. */
export const RoomEntry = z.strictObject({
  id: RoomId.describe('Id of the room.'),
  ...wakeKeys,
  visibility: Visibility.optional().describe('Who may read the room, as the server said.'),
  write_policy: WritePolicy.optional().describe('Who may write into the room, as the server said.'),
  can_write: z.boolean().optional().describe('Whether the agent may write into the room.'),
  access: z
    .strictObject({
      can_read: z.boolean().optional().describe('Whether the agent may read the room.'),
      can_write: z.boolean().optional().describe('Whether the agent may write into the room.'),
      reason: z.string().optional().describe('Why, as the server said.'),
    })
    .optional()
    .describe('What the agent may do with the room, as the server said.'),
})

/** Direct messages of an agent. */
export const DmEntry = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether the agent takes direct messages.'),
  ...wakeKeys,
})

/** Keys of everything that is bound to rooms and direct messages. */
export const bindingKeys = {
  rooms: z.array(RoomEntry).default([]).describe('Rooms that the agent is attached to.'),
  dms: DmEntry.prefault({}).describe('Direct messages.'),
}

type RoomInput = z.output<typeof RoomEntry>
type WakeInput = Pick<RoomInput, 'wake' | 'approval' | 'read' | 'reply'>
type Bindings = Salvaged<z.input<z.ZodObject<typeof bindingKeys>>>

/** Rules of rooms and direct messages. */
export function bindingRules(file: Bindings, report: Report): void {
  report.at('rooms').duplicates(file.rooms, 'id')
  for (const [index, room] of (file.rooms ?? []).entries()) {
    if (room) wakeRules(room, report.at('rooms', index))
  }
  const { dms } = file
  if (dms === undefined) return
  wakeRules(dms, report.at('dms'))
  const ruled = dms.wake ?? dms.read ?? dms.reply ?? dms.approval
  if (ruled !== undefined && dms.enabled === undefined) {
    report.warn(['dms'], 'has a rule, but direct messages stay off without enabled: true')
  }
}

function wakeRules(entry: Salvaged<WakeInput>, report: Report): void {
  const older = entry.read === undefined ? 'reply' : 'read'
  if (entry[older] === undefined) return
  for (const key of ['wake', 'approval'] as const) {
    if (entry[key] === undefined) continue
    const instead = key === 'approval' ? ' (write reply: manual)' : ''
    report.fault([key], `must not stand beside ${older}: they are two notations of one rule${instead}`, 'key')
  }
}

/** Reports the rooms and direct messages whose wakes need an operator's approval. */
export function approvalUses(file: Bindings, report: Report): void {
  const rooms = (file.rooms ?? []).map((room, index) => ({ place: report.at('rooms', index), entry: room }))
  for (const { place, entry } of [...rooms, { place: report.at('dms'), entry: file.dms }]) {
    if (entry?.approval === true) place.uses('approvals', ['approval'])
    if (entry?.reply === 'manual') place.uses('approvals', ['reply'])
  }
}

/** The one rule that both notations stand for. */
function wakeOf(entry: WakeInput): Pick<RoomBinding, 'wake' | 'approval'> {
  if (entry.read === undefined && entry.reply === undefined) {
    return { wake: entry.wake ?? 'all', approval: entry.approval ?? false }
  }
  if (entry.reply === 'never') return { wake: 'never', approval: false }
  return { wake: entry.read ?? 'all', approval: entry.reply === 'manual' }
}

/** The older notation of a rule, which every program reads. */
export function olderNotation({
  wake,
  approval,
}: Pick<RoomBinding, 'wake' | 'approval'>): Pick<WakeInput, 'read' | 'reply'> {
  if (wake === 'never') return { read: 'all', reply: 'never' }
  return { read: wake, reply: approval ? 'manual' : 'auto' }
}

/** A room binding with one rule. */
export function roomBinding(entry: RoomInput): RoomBinding {
  return {
    id: entry.id,
    ...wakeOf(entry),
    visibility: entry.visibility,
    writePolicy: entry.write_policy,
    canWrite: entry.can_write,
    access: entry.access,
  }
}

/** Direct messages with one rule. A DM is addressed already, so `mentions` means all. */
export function dmBinding(entry: z.output<typeof DmEntry>): DmBinding {
  const rule = wakeOf(entry)
  return { enabled: entry.enabled, ...rule, wake: rule.wake === 'mentions' ? 'all' : rule.wake }
}
