/**
 * Builds the console from its sources with Bun's bundler. Run as a program it builds into the folder that is
 * its argument, in a process of its own: a bundler leaves more memory behind than a server needs.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describeAsset, PAGE_PATH } from './asset.ts'
import { BUILT_NAME, builtFolder, DIST } from './built-folder.ts'

const SOURCES = join(import.meta.dirname, '..')

/** Largest JavaScript of the console, all chunks together with gzip, in bytes. */
export const SCRIPT_LIMIT = 200_000

/** Size of a file as it is and with gzip at its best, in bytes. */
export interface BuiltFile {
  path: string
  bytes: number
  gzip: number
}

/**
 * The folder with the built console: the one in `dist/` that belongs to these sources, built first when it
 * is not there. Throws an Error with what the bundler said.
 */
export async function buildConsole(): Promise<string> {
  const folder = await builtFolder()
  if (await isThere(folder)) return folder
  const draft = `${folder}.${crypto.randomUUID()}`
  const child = Bun.spawn([process.execPath, import.meta.path, draft], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()])
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true })
    throw new Error(`the console could not be built:\n${said.trim()}`)
  }
  await settle(draft, folder)
  await removeOthers(folder)
  return folder
}

/** Consoles of earlier sources go; drafts stay, because somebody may be at work on them. */
async function removeOthers(folder: string): Promise<void> {
  for (const name of await readdir(DIST)) {
    if (BUILT_NAME.test(name) && name !== basename(folder)) {
      await rm(join(DIST, name), { recursive: true, force: true })
    }
  }
}

/** Names the draft; a process that built the same meanwhile was as right, and its folder stays. */
async function settle(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await isThere(folder))) throw error
  }
}

async function isThere(folder: string): Promise<boolean> {
  return Bun.file(join(folder, PAGE_PATH)).exists()
}

/** The files of a built console, the page first. */
export async function builtFiles(folder: string): Promise<BuiltFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
    .sort((a, b) => Number(b === PAGE_PATH) - Number(a === PAGE_PATH) || a.localeCompare(b))
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await Bun.file(join(folder, path)).bytes()
      return { path, bytes: bytes.length, gzip: Bun.gzipSync(bytes, { level: 9 }).length }
    }),
  )
}

/** Writes `dist/embedded.js`, which a compiled program imports in place of this package: its files as text. */
export async function embedConsole(): Promise<BuiltFile[]> {
  const folder = await buildConsole()
  const files = await builtFiles(folder)
  const imports = files.map(({ path }, index) => {
    const from = JSON.stringify(join(folder, path))
    return `import body${index} from ${from} with { type: 'text' }`
  })
  const entries = files.map(({ path }, index) => {
    return `  { ...${JSON.stringify(describeAsset(path))}, body: body${index} },`
  })
  const loader = `const assets = [\n${entries.join('\n')}\n]\nexport const loadConsoleAssets = () => Promise.resolve(assets)`
  await Bun.write(join(DIST, 'embedded.js'), `${imports.join('\n')}\n${loader}\n`)
  return files
}

async function bundle(outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true })
  const built = await Bun.build({
    entrypoints: [join(SOURCES, 'main.tsx')],
    outdir,
    target: 'browser',
    conditions: ['bun'],
    minify: true,
    splitting: true,
    publicPath: '/console/',
    naming: {
      entry: 'assets/[name]-[hash].[ext]',
      chunk: 'assets/[name]-[hash].[ext]',
      asset: 'assets/[name]-[hash].[ext]',
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    throw: false,
  })
  if (!built.success) throw new Error(built.logs.map(String).join('\n'))
  const named = (suffix: string) =>
    built.outputs.filter(({ path }) => path.endsWith(suffix)).map(({ path }) => path.slice(outdir.length))
  const script = built.outputs.find(({ kind }) => kind === 'entry-point')?.path.slice(outdir.length)
  const [style] = named('.css')
  if (script === undefined || style === undefined) throw new Error('the bundler wrote no script or no style')
  const page = await Bun.file(join(SOURCES, 'page/index.html')).text()
  const filled = page
    .replace('/console/main.tsx', `/console${script}`)
    .replace('/console/main.css', `/console${style}`)
  await Bun.write(join(outdir, 'icon.svg'), Bun.file(join(SOURCES, 'page/icon.svg')))
  await Bun.write(join(outdir, PAGE_PATH), filled)
}

if (import.meta.main) await bundle(process.argv[2] ?? '')
