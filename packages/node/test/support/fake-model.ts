import { appendFileSync, existsSync, writeFileSync } from 'node:fs'

/**
 * What the fake runtimes share: a "model" that obeys directives in the prompt.
 *
 *   @say:text        the answer (default: "ok")
 *   @fail            the model call fails
 *   @wait=path       works until the file exists
 *   @flood=bytes     writes that much to stdout first, without a line break
 *   @crash           dies by SIGKILL in the middle
 *   @stubborn        ignores SIGTERM from here on
 *   @grandchild=path leaves a process behind, in the same group, that keeps stdout open; its pid goes to path
 *   @escape=path     the same in a session of its own
 *   @run:command     asks for a shell command
 *
 * Of several messages the directives of the last one with that directive count.
 */
export interface Directives {
  say: string
  fail: boolean
  run: string | undefined
}

/** Adds a line to the run log, named by FAKE_LOG: what tests look at. */
export function note(event: string, detail: Record<string, unknown> = {}): void {
  const path = process.env.FAKE_LOG
  if (path)
    appendFileSync(path, `${JSON.stringify({ event, pid: process.pid, at: Date.now(), ...detail })}\n`)
}

/** Reads stdin, notes the run and obeys the directives that concern the process itself. */
export async function readPrompt(args: string[]): Promise<string> {
  const prompt = await Bun.stdin.text()
  note('prompt', { args, prompt, cwd: process.cwd(), env: { ...process.env } })
  return prompt
}

/** Runs the "model". Returns what it says. A `signal` ends its waiting. */
export async function think(prompt: string, signal?: AbortSignal): Promise<Directives> {
  if (prompt.includes('@stubborn')) process.on('SIGTERM', () => note('ignored SIGTERM'))
  for (const [flag, setsid] of [
    ['grandchild', []],
    ['escape', ['setsid']],
  ] as const) {
    const path = valueOf(prompt, `@${flag}=`)
    if (path === undefined) continue
    const child = Bun.spawn([...setsid, 'sleep', '60'], {
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
    })
    child.unref()
    writeFileSync(path, String(child.pid))
  }
  const flood = valueOf(prompt, '@flood=')
  if (flood !== undefined) await writeFlood(Number(flood))
  note('thinking')
  const gate = valueOf(prompt, '@wait=')
  while (gate !== undefined && !existsSync(gate) && !signal?.aborted) await Bun.sleep(10)
  if (prompt.includes('@crash')) process.kill(process.pid, 'SIGKILL')
  return {
    say: /@say:([^\n]*)(?![\s\S]*@say:)/.exec(prompt)?.[1] ?? 'ok',
    fail: prompt.includes('@fail'),
    run: /@run:([^\n]*)/.exec(prompt)?.[1],
  }
}

function valueOf(prompt: string, label: string): string | undefined {
  const at = prompt.lastIndexOf(label)
  return at < 0 ? undefined : /^\S+/.exec(prompt.slice(at + label.length))?.[0]
}

async function writeFlood(bytes: number): Promise<void> {
  const block = new Uint8Array(1_048_576).fill(0x78)
  const writer = Bun.stdout.writer()
  for (let left = bytes; left > 0; left -= block.length) {
    void writer.write(left < block.length ? block.subarray(0, left) : block)
    await writer.flush()
  }
}

/** Tells a version and ends, when that is what the program was asked for. */
export function tellVersion(args: readonly string[], asked: string, version: string): void {
  if (args.length !== 1 || args[0] !== asked) return
  process.stdout.write(`${version}\n`)
  process.exit(0)
}

/** Ends the program with a line on stderr. */
export function die(message: string): never {
  process.stderr.write(`${message}\n`)
  note('exit', { code: 1, message })
  process.exit(1)
}

/** Ends the program well or badly. */
export function finish(code: number): never {
  note('exit', { code })
  process.exit(code)
}
