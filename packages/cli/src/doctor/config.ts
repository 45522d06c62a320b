import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Environment, NodeConfig, ServerConfig } from '@moltnet/config'
import {
  ConfigError,
  loadNodeConfig,
  loadServerConfig,
  shellWord,
  unavailableFeatures,
} from '@moltnet/config'
import type { ConfigFault } from '@moltnet/config'
import { findNodeFile } from '@moltnet/config/node'
import type { Finding } from './finding.ts'

/** What the files of a folder declare; absent where there is no file, or one with faults. */
export interface Declared {
  findings: Finding[]
  server?: { config: ServerConfig; path: string }
  node?: { config: NodeConfig; path: string }
}

/** Reads both files of a folder as the server and the node would. */
export async function readConfigs(cwd: string, env: Environment): Promise<Declared> {
  const declared: Declared = { findings: [] }
  await readServer(declared, cwd, env)
  await readNode(declared, cwd, env)
  if (declared.findings.length === 0) {
    declared.findings.push({
      area: 'config',
      severity: 'error',
      subject: cwd,
      message: 'there is neither a Moltnet nor a MoltnetNode here',
      fix: `moltnet init ${cwd}`,
    })
  }
  return declared
}

async function readServer(declared: Declared, cwd: string, env: Environment): Promise<void> {
  try {
    const { config, path, warnings } = await loadServerConfig({ cwd, env, features: 'all' })
    if (path === undefined) return
    declared.server = { config, path }
    declared.findings.push(...goodFile(path, [...warnings, ...unavailableFeatures(config)]))
  } catch (error) {
    declared.findings.push(...faults(error, cwd))
  }
}

async function readNode(declared: Declared, cwd: string, env: Environment): Promise<void> {
  try {
    if ((await findNodeFile({ cwd, env })) === undefined) return
    const { config, path, warnings } = await loadNodeConfig({ cwd, env, features: 'all' })
    declared.node = { config, path: resolve(path) }
    declared.findings.push(...goodFile(path, [...warnings, ...unavailableFeatures(config)]))
  } catch (error) {
    declared.findings.push(...faults(error, cwd))
  }
}

function goodFile(path: string, warnings: readonly string[]): Finding[] {
  const area = 'config'
  return [
    { area, severity: 'ok', subject: path, message: 'has no fault' },
    ...warnings.map((message): Finding => ({ area, severity: 'warning', subject: path, message })),
  ]
}

function faults(error: unknown, cwd: string): Finding[] {
  if (!(error instanceof ConfigError)) throw error
  return error.faults.map((fault) => faultFinding(fault, cwd))
}

function faultFinding({ file, line, column, path, message }: ConfigFault, cwd: string): Finding {
  // A fault names a file as its folder does, or a variable.
  const absolute = resolve(cwd, file)
  const shown = existsSync(absolute) ? absolute : file
  const place = line === undefined ? shown : `${shown}:${line}:${column ?? 1}`
  const isOpen = /: run chmod 600 /.test(message)
  return {
    area: isOpen ? 'secrets' : 'config',
    severity: 'error',
    subject: place,
    message: path === '' ? message : `${path}: ${message}`,
    fix: isOpen ? `chmod 600 ${shellWord(shown)}` : `edit ${place}`,
  }
}

/** Folders and files with secrets that others may use. */
export async function looseModes(paths: readonly string[]): Promise<Finding[]> {
  if (process.platform === 'win32') return []
  const found = await Promise.all(
    paths.map(async (path): Promise<Finding[]> => {
      const info = await stat(path).catch(() => undefined)
      if (info === undefined || (info.mode & 0o077) === 0) return []
      const wanted = info.isDirectory() ? '700' : '600'
      const mode = (info.mode & 0o777).toString(8).padStart(4, '0')
      return [
        {
          area: 'secrets',
          severity: 'warning',
          subject: path,
          message: `holds what only its owner should see, and other users may use it (mode ${mode})`,
          fix: `chmod ${wanted} ${shellWord(path)}`,
        },
      ]
    }),
  )
  return found.flat()
}
