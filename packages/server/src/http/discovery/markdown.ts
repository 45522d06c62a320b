import { oneLine } from '@moltnet/protocol'

/** A name that somebody chose, as plain text in Markdown: one line, nothing of it is markup. */
export function plainText(name: string): string {
  return oneLine(name).replace(/[\\`*_[\]<>|~&]/g, '\\$&')
}

/** A value as a YAML scalar that can only be read as that text. */
export function yamlText(value: string): string {
  const isPlain =
    /^[A-Za-z][A-Za-z0-9_-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  return isPlain ? value : JSON.stringify(value)
}
