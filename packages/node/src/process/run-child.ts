import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import { endGroup } from './group.ts'
import { HeadText, LineReader, TailText } from './output.ts'
import { spawnGroup } from './spawn-group.ts'

/** A program to run once, to its end. */
export interface ChildOptions {
  /** Program (absolute path) and arguments. */
  command: readonly string[]
  cwd: string
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>
  /** Written to stdin, which is then closed. */
  stdin: string
  /** Ends the process group. */
  signal: AbortSignal
  /**
   * Called with the process (also process group) id before anything is written to stdin: what it
   * records is on disk before the program can act on the prompt. When it throws, the program is ended.
   */
  onSpawn?: (pid: number) => void
  /** Reads stdout line by line instead of keeping its beginning. */
  onLine?: (line: string) => void
  /** Bytes of stdout that are kept when there is no `onLine`. */
  stdoutBytes?: number
  /** From TERM to KILL. */
  killGraceMs?: number
}

/** How a program ended. `signal` names what killed it, and then `code` is null. */
export type ChildResult =
  | {
      type: 'exited'
      code: number | null
      signal: string | null
      stdout: string
      dropped: number
      stderr: string
    }
  | { type: 'aborted' }
  | { type: 'not_started'; error: string }

/**
 * Runs a program in a process group of its own and reads all it writes, keeping a bounded part. The
 * whole group is ended when `signal` fires, and what is left of it when the program has ended by
 * itself: a turn leaves nothing running that could overlap with the next one. A grandchild that moved
 * to another group is left alone; output is read no longer than a second after the program's end.
 */
export async function runChild(options: ChildOptions): Promise<ChildResult> {
  if (options.signal.aborted) return { type: 'aborted' }
  const child = spawnGroup(options)
  if ('type' in child) return child
  const output = collectOutput(options)
  const readers = [readPipe(child.stdout, output.onStdout), readPipe(child.stderr, output.onStderr)]
  let failure: string | undefined
  try {
    options.onSpawn?.(child.pid)
    void feed(child.stdin, options.stdin)
  } catch (error) {
    failure = messageOf(error)
  }
  const aborted = await waitForEnd(child, options, failure !== undefined)
  await Promise.race([
    Promise.all(readers.map((reader) => reader.done)),
    delay(NODE_LIMITS.drainMs, undefined, { ref: false }),
  ])
  for (const reader of readers) reader.stop()
  await endGroup(child.pid, options.killGraceMs)
  if (failure !== undefined) return { type: 'not_started', error: failure }
  if (aborted) return { type: 'aborted' }
  output.finish()
  return { type: 'exited', code: child.exitCode, signal: nameOfSignal(child.signalCode), ...output.kept() }
}

/** Resolves when the program has ended, or cannot be ended; true when that was our doing. */
async function waitForEnd(
  child: Bun.Subprocess,
  { signal, killGraceMs }: ChildOptions,
  endNow: boolean,
): Promise<boolean> {
  let aborted = false
  // A process that even KILL cannot end (stuck in the kernel) is given up rather than waited for.
  const givenUp = Promise.withResolvers<void>()
  const abort = () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    aborted = true
    void endGroup(child.pid, killGraceMs).then(() => givenUp.resolve())
  }
  if (endNow || signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  await Promise.race([child.exited, givenUp.promise])
  signal.removeEventListener('abort', abort)
  return aborted
}

/**
 * Writes the prompt. A program that has ended or closed its stdin is no error (its exit code tells), and
 * `write` reports that either way: it throws at once or rejects later.
 */
async function feed(stdin: Bun.FileSink, text: string): Promise<void> {
  try {
    if (text !== '') await stdin.write(text)
  } catch {
    // Closed by the program.
  }
  try {
    await stdin.end()
  } catch {
    // Closed by the program.
  }
}

/** Reads a pipe until `done` or `stop`. */
export interface PipeReader {
  done: Promise<void>
  stop(): void
}

/** Hands on everything that comes out of a pipe; never rejects. */
export function readPipe(
  stream: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): PipeReader {
  const reader = stream.getReader()
  const read = async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) onChunk(part.value)
  }
  return {
    done: read().catch(() => {}),
    stop: () => void reader.cancel().catch(() => {}),
  }
}

function collectOutput({ onLine, stdoutBytes }: ChildOptions) {
  const head = new HeadText(stdoutBytes ?? NODE_LIMITS.finalTextBytes)
  const tail = new TailText(NODE_LIMITS.stderrBytes)
  const lines = onLine && new LineReader(NODE_LIMITS.lineBytes, onLine)
  return {
    onStdout: (chunk: Uint8Array) => (lines ?? head).push(chunk),
    onStderr: (chunk: Uint8Array) => tail.push(chunk),
    finish: () => lines?.end(),
    kept: () => ({ stdout: head.text(), dropped: head.dropped, stderr: tail.text() }),
  }
}

/** What killed a program; null when nothing did. */
export function nameOfSignal(signal: Bun.Subprocess['signalCode']): string | null {
  return signal === null ? null : String(signal)
}
