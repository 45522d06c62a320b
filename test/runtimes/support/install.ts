import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Real agent programs, pinned: what the adapters were last tried with. */
export const RUNTIMES = {
  codex: { package: '@openai/codex', version: '0.169.0', bin: 'codex' },
  'claude-code': { package: '@anthropic-ai/claude-code', version: '2.1.330', bin: 'claude' },
} as const

const CACHE = new URL('../../../node_modules/.cache/runtimes/', import.meta.url).pathname

/**
 * The path of a real agent program, installed from the npm registry on first use (hundreds of MB) into
 * a cache below node_modules.
 */
export async function installRuntime(name: keyof typeof RUNTIMES): Promise<string> {
  const runtime = RUNTIMES[name]
  const folder = join(CACHE, `${name}-${runtime.version}`)
  const bin = join(folder, 'node_modules', '.bin', runtime.bin)
  if (await Bun.file(bin).exists()) return bin
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: `runtime-${name}`, private: true, allowScripts: { [runtime.package]: true } }),
  )
  const install = Bun.spawn(
    ['npm', 'install', '--no-audit', '--no-fund', `${runtime.package}@${runtime.version}`],
    {
      cwd: folder,
      stdout: 'ignore',
      stderr: 'pipe',
    },
  )
  if ((await install.exited) !== 0)
    throw new Error(`installing ${runtime.package}: ${await new Response(install.stderr).text()}`)
  return bin
}
