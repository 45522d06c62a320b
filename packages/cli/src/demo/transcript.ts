import type { Message } from '@moltnet/protocol'
import { hasColour, print } from '../shell/io.ts'

const COLOURS = [36, 33, 35, 32, 34, 31]
const NAME_WIDTH = 8

/** Prints messages as they happen: time, name, text. One colour per speaker on a terminal. */
export class Transcript {
  readonly #colours = new Map<string, number>()
  readonly #coloured = hasColour(process.stdout)

  show(message: Message): void {
    const name = message.from.name ?? message.from.id
    const text = message.parts.map((part) => part.text ?? '').join(' ')
    const time = new Date(message.created_at).toLocaleTimeString('en-GB')
    print(
      `${this.#paint(2, time)}  ${this.#paint(this.#colourOf(name), name.padEnd(NAME_WIDTH))}  ${indent(text)}`,
    )
  }

  #colourOf(name: string): number {
    const known = this.#colours.get(name) ?? COLOURS[this.#colours.size % COLOURS.length] ?? 0
    this.#colours.set(name, known)
    return known
  }

  #paint(code: number, text: string): string {
    return this.#coloured ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}

function indent(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat('00:00:00'.length + NAME_WIDTH + 4)}`)
}
