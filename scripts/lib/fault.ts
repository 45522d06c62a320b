/** One thing a check found: where (a path relative to the repository, with a line when there is one) and what. */
export interface Fault {
  file: string
  line?: number
  message: string
}

/** `file:line: message`, the form that terminals and editors turn into a link. */
export function formatFault(fault: Fault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`
  return `${place}: ${fault.message}`
}

/** Number of the first line of `text` that contains `needle`, counted from 1; undefined when none does. */
export function lineOf(text: string, needle: string): number | undefined {
  const at = text.indexOf(needle)
  return at < 0 ? undefined : text.slice(0, at).split('\n').length
}

/** Prints the faults of one check that was started by itself and sets the exit code. */
export function reportAndExit(name: string, faults: readonly Fault[]): void {
  for (const fault of faults) console.error(formatFault(fault))
  console.log(faults.length === 0 ? `${name}: no fault` : `${name}: ${faults.length} faults`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
