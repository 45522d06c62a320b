/**
 * Checks the manifests: one version everywhere, and in each package what the registry and its users need.
 * Run by itself it checks this repository.
 */
import { type Fault, reportAndExit } from './lib/fault.ts'
import { listFiles, readText, REPOSITORY } from './lib/files.ts'

interface Manifest {
  name?: string
  version?: string
  private?: boolean
  license?: string
  type?: string
  description?: string
  files?: string[]
  engines?: Record<string, string>
  dependencies?: Record<string, string>
  scripts?: Record<string, string>
}

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare']

/** All faults of the package manifests below `root`. */
export async function checkPackages(root: string): Promise<Fault[]> {
  const workspace = await readManifest(root, 'package.json')
  const paths = listFiles(root, 'packages/*/package.json')
  const manifests = await Promise.all(paths.map((path) => readManifest(root, path)))
  const faults = paths.flatMap((path, index) => {
    const messages = faultsOfManifest(manifests[index] ?? {}, workspace.version)
    return messages.map((message) => ({ file: path, message }))
  })
  const lock = await readManifest(root, 'package-lock.json')
  if (lock.version !== workspace.version) {
    faults.push({
      file: 'package-lock.json',
      message: `version is ${lock.version}, not ${workspace.version}`,
    })
  }
  return faults
}

function faultsOfManifest(manifest: Manifest, version: string | undefined): string[] {
  const faults: string[] = []
  if (manifest.version !== version)
    faults.push(`version is ${manifest.version}, the workspace's is ${version}`)
  if (manifest.license !== 'MIT') faults.push('license must be MIT')
  if (manifest.type !== 'module') faults.push('type must be module')
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (name.startsWith('@moltnet/') && range !== version)
      faults.push(`${name} must be ${version}, not ${range}`)
    if (!/^\d/.test(range)) faults.push(`${name} must be pinned to one version, not ${range}`)
  }
  for (const script of INSTALL_SCRIPTS) {
    if (manifest.scripts?.[script] !== undefined) faults.push(`must not have the install script ${script}`)
  }
  if (manifest.private === true) return faults
  if (manifest.description === undefined) faults.push('a public package has a description')
  if (manifest.files === undefined) faults.push('a public package lists its files')
  if (manifest.engines === undefined) faults.push('a public package names its engines')
  return faults
}

async function readManifest(root: string, path: string): Promise<Manifest> {
  return JSON.parse((await readText(root, path)) ?? '{}') as Manifest
}

if (import.meta.main) reportAndExit('packages', await checkPackages(REPOSITORY))
