import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/** Real agent programs, pinned: what the adapters were last tried with. */
export const RUNTIMES = {
  codex: { package: '@openai/codex', version: '0.169.0', bin: 'codex' },
  'claude-code': { package: '@anthropic-ai/claude-code', version: '2.1.330', bin: 'claude' },
  gemini: { package: '@google/gemini-cli', version: '0.61.0', bin: 'gemini' },
  opencode: { package: 'opencode-ai', version: '1.18.33', bin: 'opencode' },
  /** For programs that need a newer Node.js than the one in PATH. */
  node: { package: 'node', version: '24.21.0', bin: 'node' },
} as const

/** Pi's package lists a dependency that is not in the registry, but brings all that it needs in its bundle. */
export const PI = {
  package: '@earendil-works/pi-coding-agent',
  version: '1.5.2',
  entry: 'package/dist/bundle/cli.js',
} as const

/** OpenClaw looks at the version of Node.js while it is installed. */
export const OPENCLAW = {
  package: 'openclaw',
  version: '2026.9.6',
  entry: 'node_modules/openclaw/openclaw.mjs',
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
  await npm(folder, 'install', '--no-audit', '--no-fund', `${runtime.package}@${runtime.version}`)
  return bin
}

/** The path of a program that runs Pi from its package as it was published, with a Node.js that it takes. */
export async function installPi(): Promise<string> {
  const node = await installRuntime('node')
  const folder = join(CACHE, `pi-${PI.version}`)
  const entry = join(folder, PI.entry)
  const bin = join(folder, 'pi')
  if (await Bun.file(bin).exists()) return bin
  await mkdir(folder, { recursive: true })
  await npm(folder, 'pack', `${PI.package}@${PI.version}`)
  await run(folder, ['sh', '-c', 'tar -xzf *.tgz'])
  await writeFile(bin, `#!/bin/sh\nexec '${node}' '${entry}' "$@"\n`)
  await chmod(bin, 0o755)
  return bin
}

/** The command of OpenClaw, with a Node.js that it takes. */
export async function installOpenclaw(): Promise<string[]> {
  const node = await installRuntime('node')
  const folder = join(CACHE, `openclaw-${OPENCLAW.version}`)
  const entry = join(folder, OPENCLAW.entry)
  if (await Bun.file(entry).exists()) return [node, entry]
  await mkdir(folder, { recursive: true })
  const allowScripts = { [OPENCLAW.package]: true }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'runtime-openclaw', private: true, allowScripts }),
  )
  const env = { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter) }
  const install = ['npm', 'install', '--no-audit', '--no-fund', `${OPENCLAW.package}@${OPENCLAW.version}`]
  await run(folder, install, env)
  return [node, entry]
}

async function npm(folder: string, ...args: string[]): Promise<void> {
  await run(folder, ['npm', ...args])
}

async function run(
  cwd: string,
  command: string[],
  env: Record<string, string | undefined> = process.env,
): Promise<void> {
  const child = Bun.spawn(command, { cwd, env, stdout: 'ignore', stderr: 'pipe' })
  if ((await child.exited) !== 0)
    throw new Error(`${command.join(' ')}: ${await new Response(child.stderr).text()}`)
}
