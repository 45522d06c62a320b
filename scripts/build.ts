/**
 * `npm run build`: compiles `moltnet` to one executable.
 *
 *     npm run build                       dist/moltnet, for this machine
 *     npm run build -- --all              dist/moltnet-<os>-<arch>[.exe], for every platform
 *     npm run build -- --target linux-arm64 [--target …]
 *
 * The runtime of another platform comes from the npm registry, once; Bun keeps it in its own cache.
 */
import { embedConsole, SCRIPT_LIMIT } from '@moltnet/console/build'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BUN, runCommand } from './lib/command.ts'
import { readText, REPOSITORY } from './lib/files.ts'

const ENTRY = 'packages/cli/src/main.ts'

/** Platforms of a release, as `<os>-<arch>`. */
export const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'] as const
export type Target = (typeof TARGETS)[number]

/** What `dist/` gets: one program, for this machine or for a named platform. */
export interface Output {
  target: Target | 'host'
  file: string
}

/** Reads the arguments; throws an Error that names the platforms when one is unknown. */
export function parseBuildArgs(args: readonly string[]): Output[] {
  const targets = args.includes('--all') ? [...TARGETS] : []
  for (const [index, word] of args.entries()) {
    if (word === '--target') targets.push(targetNamed(args[index + 1] ?? ''))
    else if (word.startsWith('--target=')) targets.push(targetNamed(word.slice('--target='.length)))
    else if (word !== '--all' && args[index - 1] !== '--target') throw new Error(`no such flag: ${word}`)
  }
  if (targets.length === 0)
    return [{ target: 'host', file: `moltnet${process.platform === 'win32' ? '.exe' : ''}` }]
  return [...new Set(targets)].map((target) => ({
    target,
    file: `moltnet-${target}${target.startsWith('windows') ? '.exe' : ''}`,
  }))
}

function targetNamed(name: string): Target {
  const target = TARGETS.find((candidate) => candidate === name)
  if (target !== undefined) return target
  throw new Error(`no such platform: ${name} (there are ${TARGETS.join(', ')})`)
}

/** Argument vector that compiles the program for `target` to `path`, to be run in the repository. */
export function compileCommand(target: Output['target'], path: string, version: string): string[] {
  return [
    ...compileEntry(ENTRY, path),
    // The console goes in as it was built by `embedConsole`, not as what builds it.
    '--conditions=embedded',
    ...(target === 'host' ? [] : [`--target=bun-${target}`]),
    `--define=MOLTNET_VERSION=${JSON.stringify(version)}`,
  ]
}

/** Argument vector that compiles any entry file the way the program is compiled; a benchmark compares the two. */
export function compileEntry(entry: string, path: string): string[] {
  return [
    BUN,
    'build',
    entry,
    `--outfile=${path}`,
    '--compile',
    // Together these let a command load its own code only, already parsed: starting costs milliseconds.
    // Not minified: that saves half a percent and no time, and takes the names out of stack traces.
    '--splitting',
    '--bytecode',
    '--format=esm',
    // Makes every call of a failpoint dead code, which the compiler leaves out.
    '--define=process.env.MOLTNET_FAILPOINT=undefined',
    // The program starts in the workspace of an agent: a .env or bunfig.toml there must not configure it.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--no-compile-autoload-tsconfig',
    '--no-compile-autoload-package-json',
  ]
}

async function build(output: Output, version: string): Promise<boolean> {
  const path = join(REPOSITORY, 'dist', output.file)
  await rm(path, { force: true })
  const command = compileCommand(output.target, path, version)
  const { code, output: log, milliseconds } = await runCommand(command, REPOSITORY)
  if (code !== 0) {
    console.error(`dist/${output.file}: the compiler ended with code ${code}\n${log}`)
    return false
  }
  const { size } = await stat(path)
  const seconds = (milliseconds / 1000).toFixed(1)
  console.log(`dist/${output.file.padEnd(24)} ${(size / 1e6).toFixed(1)} MB  ${seconds} s`)
  return output.target === 'host' ? await answersItsVersion(path, version) : true
}

/** A program that compiles and cannot start is no build. */
async function answersItsVersion(path: string, version: string): Promise<boolean> {
  const { code, output } = await runCommand([path, 'version'], REPOSITORY)
  if (code === 0 && output === version) return true
  console.error(`${path} version: exit code ${code}, printed ${JSON.stringify(output)} instead of ${version}`)
  return false
}

/** Builds the console and says how large it is. */
async function buildConsole(): Promise<void> {
  const files = await embedConsole()
  for (const { path, bytes, gzip } of files) {
    console.log(`console${path.padEnd(27)} ${kilobytes(bytes)}, ${kilobytes(gzip)} with gzip`)
  }
  const script = files.reduce((sum, { path, gzip }) => sum + (path.endsWith('.js') ? gzip : 0), 0)
  const limit = kilobytes(SCRIPT_LIMIT)
  console.log(`console JavaScript                 ${kilobytes(script)} with gzip, of at most ${limit}`)
  if (script > SCRIPT_LIMIT) throw new Error('the JavaScript of the console is over its limit')
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

async function main(): Promise<number> {
  const outputs = parseBuildArgs(process.argv.slice(2))
  const { version } = JSON.parse((await readText(REPOSITORY, 'package.json')) ?? '{}') as { version: string }
  await mkdir(join(REPOSITORY, 'dist'), { recursive: true })
  await buildConsole()
  let faults = 0
  for (const output of outputs) faults += (await build(output, version)) ? 0 : 1
  if (outputs.some(({ target }) => target.startsWith('darwin')) && process.platform !== 'darwin') {
    console.log(
      'macOS programs that were built elsewhere are to be signed on a Mac: codesign --force --sign - <file>',
    )
  }
  return faults === 0 ? 0 : 1
}

if (import.meta.main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
}
