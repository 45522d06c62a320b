/**
 * Checks the direction of imports: packages against each other, the folders inside the server, what the
 * browser-safe packages use, and that each package declares what it imports. Run by itself it checks this
 * repository.
 */
import { posix } from 'node:path'
import { type Fault, lineOf, reportAndExit } from './lib/fault.ts'
import { listFiles, readText, REPOSITORY } from './lib/files.ts'
import { IMPURE, type LayerRule, PACKAGE_RULES, type PackageRule, SERVER_LAYERS } from './lib/import-table.ts'
import { codeOf, importsOf } from './lib/imports.ts'

const SCOPE = '@moltnet/'
/** Helpers that the tests of every package may use. */
const SHARED_TEST_PARTS = 'test/support/'
const SOURCES = 'packages/*/{src,test}/**/*.{ts,tsx}'

/** One source file and where it stands. */
interface SourceFile {
  path: string
  package: string
  rule: PackageRule
  /** True below `test/`: tests may use any package by its name, as an outsider would. */
  test: boolean
  /** First folder below `src/`, or undefined for files directly in it. */
  folder: string | undefined
}

/** Names of the declared dependencies of each package folder. */
type Dependencies = ReadonlyMap<string, ReadonlySet<string>>

/** All faults of the tree at `root`, in the order of its files. */
export async function checkImports(root: string): Promise<Fault[]> {
  const faults: Fault[] = []
  const declared = await declaredDependencies(root)
  const paths = listFiles(root, SOURCES)
  if (paths.length === 0) return [{ file: 'packages', message: 'no source file found: nothing was checked' }]
  for (const path of paths) {
    const source = await readText(root, path)
    if (source === undefined) continue
    const [, packageName = '', area, ...inner] = path.split('/')
    const rule = PACKAGE_RULES[packageName]
    if (rule === undefined) {
      faults.push({
        file: path,
        message: `package ${packageName} has no line in scripts/lib/import-table.ts`,
      })
      continue
    }
    const folder = area === 'src' && inner.length > 1 ? inner[0] : undefined
    const file: SourceFile = { path, package: packageName, rule, test: area === 'test', folder }
    try {
      faults.push(...faultsOfFile(file, source, declared))
    } catch {
      faults.push({ file: path, message: 'cannot be parsed' })
    }
  }
  return faults
}

function faultsOfFile(file: SourceFile, source: string, declared: Dependencies): Fault[] {
  const faults: Fault[] = []
  for (const specifier of importsOf(source, file.path)) {
    const message = faultOfImport(file, specifier) ?? undeclared(file, specifier, declared)
    if (message !== undefined) faults.push({ file: file.path, line: lineOf(source, specifier), message })
  }
  return [...faults, ...impurities(file, source)]
}

/** What is wrong with one import, or undefined. */
function faultOfImport(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return faultOfRelative(file, specifier)
  if (file.test) return undefined
  if (specifier.startsWith(SCOPE)) {
    const name = specifier.slice(SCOPE.length).split('/')[0] ?? ''
    return faultOfPackage(file, name) ?? faultOfLayerPackage(file, `${SCOPE}${name}`)
  }
  if (file.rule.web && isPlatform(specifier)) {
    return `${SCOPE}${file.package} uses web standards only: it must not import ${specifier}`
  }
  return faultOfLayerPackage(file, specifier)
}

function faultOfPackage(file: SourceFile, name: string): string | undefined {
  if (name === file.package) return `a package imports its own files by relative path, not as ${SCOPE}${name}`
  if (file.rule.imports.includes(name)) return undefined
  const folder = file.rule.onlyFrom?.[name]
  if (folder !== undefined && folder === file.folder) return undefined
  if (folder !== undefined) return `only ${file.package}/src/${folder} may import ${SCOPE}${name}`
  const allowed = file.rule.imports.join(', ') || 'no other package'
  return `${file.package} must not import ${SCOPE}${name} (allowed: ${allowed})`
}

function faultOfRelative(file: SourceFile, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier)
  if (file.test && target.startsWith(SHARED_TEST_PARTS)) return undefined
  if (target !== `packages/${file.package}` && !target.startsWith(`packages/${file.package}/`)) {
    return `relative import leaves the package: ${specifier} (name the package instead)`
  }
  const layer = layerOf(file)
  if (layer === undefined || file.folder === undefined) return undefined
  const source = `packages/${file.package}/src/`
  const inner = target.slice(source.length).split('/')
  const folder = inner.length > 1 ? inner[0] : undefined
  if (folder === file.folder) return undefined
  if (folder === undefined) return `${file.folder}/ must not import ${target}: it wires the folders together`
  if (layer.imports.includes(folder)) return undefined
  return `server/src/${file.folder} must not import ${folder}/ (allowed: ${layer.imports.join(', ') || 'nothing'})`
}

function faultOfLayerPackage(file: SourceFile, name: string): string | undefined {
  const allowed = layerOf(file)?.onlyPackages
  if (allowed === undefined || allowed.includes(name)) return undefined
  return `server/src/${file.folder} must not import ${name} (allowed: ${allowed.join(', ')})`
}

function layerOf(file: SourceFile): LayerRule | undefined {
  if (file.package !== 'server' || file.test || file.folder === undefined) return undefined
  return SERVER_LAYERS[file.folder]
}

function impurities(file: SourceFile, source: string): Fault[] {
  if (file.package === 'server' && !file.test && file.folder !== undefined && layerOf(file) === undefined) {
    const message = `folder server/src/${file.folder} has no line in scripts/lib/import-table.ts`
    return [{ file: file.path, message }]
  }
  if (layerOf(file)?.pure !== true) return []
  const code = codeOf(source, file.path)
  return IMPURE.filter(({ pattern }) => pattern.test(code)).map(({ pattern, name }) => {
    const found = pattern.exec(source)
    const line = found === null ? undefined : source.slice(0, found.index).split('\n').length
    return { file: file.path, line, message: `server/src/${file.folder} is pure and must not use ${name}` }
  })
}

function isPlatform(specifier: string): boolean {
  return specifier === 'bun' || specifier.startsWith('bun:') || specifier.startsWith('node:')
}

function undeclared(file: SourceFile, specifier: string, declared: Dependencies): string | undefined {
  if (specifier.startsWith('.') || isPlatform(specifier) || file.test) return undefined
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (declared.get(file.package)?.has(name)) return undefined
  return `${name} is not among the dependencies of packages/${file.package}/package.json`
}

/** Names under `dependencies` for each package folder. */
async function declaredDependencies(root: string): Promise<Dependencies> {
  const declared = new Map<string, Set<string>>()
  for (const path of listFiles(root, 'packages/*/package.json')) {
    const text = (await readText(root, path)) ?? '{}'
    const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> }
    declared.set(path.split('/')[1] ?? '', new Set(Object.keys(dependencies)))
  }
  return declared
}

if (import.meta.main) reportAndExit('imports', await checkImports(REPOSITORY))
