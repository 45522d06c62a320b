/** Data for the caller: the only thing that goes to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** JSON for the caller, indented: people read it and `jq` does not mind. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Everything that is not data: progress, hints, errors. */
export function note(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Whether `stream` takes colours: a terminal, and `NO_COLOR` is unset or empty (no-color.org). */
export function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR']
}

/** All of stdin as UTF-8 text. */
export function readStdin(): Promise<string> {
  return Bun.stdin.text()
}
