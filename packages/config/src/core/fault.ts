/** One thing that is wrong with a configuration. */
export interface ConfigFault {
  /** The file as the user named it, or the environment variable that holds the value. */
  file: string
  /** Line in the file, from 1; absent when the fault is about the file itself or a variable. */
  line?: number
  /** Column in the line, from 1, counted in UTF-16 units. */
  column?: number
  /** Key path, `auth.tokens[0].scopes`; empty when the fault is about the whole file. */
  path: string
  /** What is wrong and what is allowed. Never holds a secret. */
  message: string
}

/** `Moltnet:12:5: server.listen_adr: unknown key (did you mean listen_addr?)` */
export function formatFault(fault: ConfigFault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}:${fault.column ?? 1}`
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`
}

/** Thrown for everything that a user can mend in a configuration. Its message lists all faults, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[], options: { cause?: unknown } = {}) {
    super(faults.map(formatFault).join('\n'), options.cause === undefined ? undefined : options)
    this.faults = faults
  }
}

/** A {@link ConfigError} about one file as a whole. */
export function fileError(file: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ file, path: '', message }], { cause })
}
