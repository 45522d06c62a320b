/** How bad a finding is: only `error` keeps something from working. */
export const SEVERITIES = ['ok', 'info', 'warning', 'error'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What a finding is about. */
export type Area =
  | 'config'
  | 'secrets'
  | 'environment'
  | 'port'
  | 'storage'
  | 'server'
  | 'clock'
  | 'runtime'
  | 'node'

/** One thing that was looked at. */
export interface Finding {
  area: Area
  severity: Severity
  /** What was looked at: a file, an address, an agent. */
  subject: string
  /** What was found and what that means. */
  message: string
  /** The command or the edit that mends it. */
  fix?: string
}

/** The findings of one kind of check. Never throws for what it looks at; only for faults of its own. */
export type Check = () => Promise<Finding[]> | Finding[]

/** How many findings there are of each severity. */
export function countFindings(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { ok: 0, info: 0, warning: 0, error: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Makes findings about one thing. */
export function about(area: Area, subject: string) {
  const found = (severity: Severity, message: string, fix?: string): Finding => ({
    area,
    severity,
    subject,
    message,
    ...(fix === undefined ? {} : { fix }),
  })
  return {
    found,
    ok: (message: string) => found('ok', message),
    info: (message: string) => found('info', message),
    warning: (message: string, fix: string) => found('warning', message, fix),
    error: (message: string, fix: string) => found('error', message, fix),
  }
}
