import type { NodeReport } from '@moltnet/node'
import { aligned, elapsed, line } from './text.ts'

type AttachmentReport = NodeReport['attachments'][number]

/** A report of a node for people: one line per attachment, and below it what an operator has to know. */
export function statusText(report: NodeReport, now: number): string {
  const version = report.version === undefined ? '' : ` ${report.version}`
  const head = `node${version}, process ${report.pid}, up for ${elapsed(Date.parse(report.started_at), now)} with ${report.config_path}`
  if (report.attachments.length === 0) return `${head}\nno attachments are configured`
  const rows = report.attachments.map((one) => [
    one.agent_id,
    one.network_id,
    stateText(one, now),
    elapsed(Date.parse(one.since), now),
    String(one.turns),
    String(one.waiting),
    [one.runtime.kind, one.runtime.version, one.runtime.state].filter((part) => part !== undefined).join(' '),
    lastWakeText(one, now),
  ])
  const table = aligned([
    ['AGENT', 'NETWORK', 'STATE', 'FOR', 'TURNS', 'WAITING', 'RUNTIME', 'LAST WAKE'],
    ...rows,
  ])
  return [head, serverText(report), table, ...report.attachments.flatMap((one) => remarks(one))].join('\n')
}

/** Each server once. */
function serverText({ attachments }: NodeReport): string {
  const lines = attachments.map(({ server }) => {
    const { url, reachable, network_id, version, error } = server
    if (!reachable) return `server ${url} cannot be reached: ${line(error ?? 'no answer')}`
    if (error !== undefined) return `server ${url} answers with an error: ${line(error)}`
    return `server ${url}: network ${network_id ?? 'without a name'}, version ${version ?? 'not told'}`
  })
  return [...new Set(lines)].join('\n')
}

function stateText({ state, until }: AttachmentReport, now: number): string {
  if (state !== 'backing_off' || until === undefined) return state
  return `backing off, next try in ${elapsed(now, Date.parse(until))}`
}

function lastWakeText({ last_wake: wake }: AttachmentReport, now: number): string {
  if (wake === undefined) return 'none'
  const outcome = wake.outcome === 'retry' ? 'not taken' : wake.outcome
  return `${outcome} ${elapsed(Date.parse(wake.at), now)} ago`
}

/** What is wrong with an attachment, and what helps. */
function remarks({ agent_id, reason, runtime, last_wake, rejected, delivery }: AttachmentReport): string[] {
  const { problem, fix, note } = runtime
  const found = [
    reason,
    problem === undefined ? note : `${problem}: ${fix ?? ''}`,
    last_wake?.error === undefined ? undefined : `last wake: ${last_wake.reason}: ${last_wake.error}`,
    ...rejected.map((one) => `room ${one.room} wakes nobody: ${one.reason}`),
    delivery === 'v1' ? 'the server keeps no wakes for it (v1 delivery)' : undefined,
  ]
  return found.filter((text) => text !== undefined).map((text) => `${agent_id}: ${line(text)}`)
}
