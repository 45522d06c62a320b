import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import { endGroup } from './group.ts'
import { LineReader, TailText } from './output.ts'
import { nameOfSignal, readPipe } from './run-child.ts'
import { spawnGroup } from './spawn-group.ts'
import type { ChildOptions } from './run-child.ts'

/** A program that stays and is talked to in lines. */
export interface OpenChild {
  type: 'open'
  /** Writes one line to stdin. A program that has ended takes nothing; `exited` tells. */
  write(line: string): void
  /** False as soon as the program has ended. */
  readonly running: boolean
  /** Resolves when the program has ended, its last lines have been read and its group is gone. */
  readonly exited: Promise<ChildExit>
  /** Ends the program with its group. Resolves when nothing of it runs any more; may be called again. */
  end(): Promise<void>
}

/** How a program that stays has ended. `signal` names what killed it, and then `code` is null. */
export interface ChildExit {
  code: number | null
  signal: string | null
  /** The end of what it wrote to stderr. */
  stderr: string
  /** Lines of stdout that were too long and left out. */
  skipped: number
}

/** A program to start: no signal, because it is ended by `end`. */
export type OpenChildOptions = Pick<ChildOptions, 'command' | 'cwd' | 'env' | 'killGraceMs' | 'onSpawn'> & {
  onLine: (line: string) => void
}

/**
 * Starts a program in a process group of its own and reads what it writes: stdout line by line, of
 * stderr the end. When it ends by itself what is left of its group is ended too.
 */
export function openChild(options: OpenChildOptions): OpenChild | { type: 'not_started'; error: string } {
  const child = spawnGroup(options)
  if ('type' in child) return child
  const lines = new LineReader(NODE_LIMITS.lineBytes, options.onLine)
  const stderr = new TailText(NODE_LIMITS.stderrBytes)
  const pipes = [
    readPipe(child.stdout, (chunk) => lines.push(chunk)),
    readPipe(child.stderr, (chunk) => stderr.push(chunk)),
  ]
  const end = () => endGroup(child.pid, options.killGraceMs)
  try {
    options.onSpawn?.(child.pid)
  } catch (error) {
    void end()
    return { type: 'not_started', error: messageOf(error) }
  }
  const exited = async (): Promise<ChildExit> => {
    await child.exited
    const drained = Promise.all(pipes.map((pipe) => pipe.done)).then(() => lines.end())
    await Promise.race([drained, delay(NODE_LIMITS.drainMs, undefined, { ref: false })])
    for (const pipe of pipes) pipe.stop()
    await end()
    const { exitCode: code, signalCode } = child
    return { code, signal: nameOfSignal(signalCode), stderr: stderr.text(), skipped: lines.skipped }
  }
  return {
    type: 'open',
    write: (line) => void writeLine(child.stdin, line),
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    exited: exited(),
    async end() {
      await end()
    },
  }
}

/** `write` and `flush` of a program that is gone throw at once or reject later; `exited` tells all the same. */
async function writeLine(stdin: Bun.FileSink, line: string): Promise<void> {
  try {
    await stdin.write(`${line}\n`)
    await stdin.flush()
  } catch {
    // Closed by the program.
  }
}
