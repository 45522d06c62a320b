import { line } from '../shell/text.ts'
import type { Area, Finding, Severity } from './finding.ts'

const MARKS: Record<Severity, string> = { ok: 'ok', info: 'info', warning: 'WARNING', error: 'ERROR' }
const ORDER: readonly Area[] = [
  'config',
  'secrets',
  'environment',
  'port',
  'storage',
  'server',
  'clock',
  'runtime',
  'node',
]

/** Findings for people, by what they are about; below a fault stands what helps. */
export function findingsText(findings: readonly Finding[], counts: Record<Severity, number>): string {
  const blocks = ORDER.flatMap((area) => {
    const some = findings.filter((finding) => finding.area === area)
    return some.length === 0 ? [] : [area, ...some.map(findingText)]
  })
  const total = `${count(counts.error, 'error')}, ${count(counts.warning, 'warning')}`
  return [...blocks, total].join('\n')
}

function findingText({ severity, subject, message, fix }: Finding): string {
  const text = `  ${MARKS[severity].padEnd(7)}  ${line(subject)}: ${line(message)}`
  return fix === undefined ? text : `${text}\n           ${line(fix)}`
}

function count(number: number, word: string): string {
  return `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`
}
