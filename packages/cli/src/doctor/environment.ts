import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isLoopback } from '@moltnet/client'
import type { Environment } from '@moltnet/config'
import type { Finding } from './finding.ts'

const PROXIES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']

/** Settings of the shell that change how Moltnet or its agents work. Values are not shown: they may hold passwords. */
export function environmentFindings(env: Environment, urls: readonly string[]): Finding[] {
  return [...proxyFindings(env, urls), ...runtimeVariables(env)]
}

function proxyFindings(env: Environment, urls: readonly string[]): Finding[] {
  const area = 'environment'
  const set = PROXIES.filter((name) => env[name])
  if (set.length === 0) return []
  const subject = set.join(', ')
  const excepted = `${env['no_proxy'] ?? ''},${env['NO_PROXY'] ?? ''}`.split(',').map((part) => part.trim())
  const local = ['127.0.0.1', 'localhost', '*'].some((name) => excepted.includes(name))
  const findings: Finding[] = []
  if (urls.some(isLoopback) && !local) {
    findings.push({
      area,
      severity: 'warning',
      subject,
      message:
        'a proxy is set and does not except this machine: moltnet itself goes around it for loopback addresses, but other programs of your agents would send their tokens to it',
      fix: 'export NO_PROXY=127.0.0.1,localhost,::1',
    })
  }
  const remote = urls.filter((url) => !isLoopback(url))
  if (remote.length > 0) {
    const message = `requests to ${remote.join(', ')} go through this proxy; it must let WebSockets pass`
    findings.push({ area, severity: 'info', subject, message })
  }
  return findings
}

function runtimeVariables(env: Environment): Finding[] {
  return Object.keys(env)
    .filter((name) => /^BUN_(OPTIONS|CONFIG_|JSC_|INSPECT)/.test(name) && env[name])
    .map((name) => ({
      area: 'environment',
      severity: 'warning',
      subject: name,
      message: 'changes how the runtime of moltnet itself works',
      fix: `unset ${name}`,
    }))
}

/** Files of a folder that look as if moltnet would read them. */
export function dotFileFindings(folders: readonly string[]): Finding[] {
  return [...new Set(folders)].flatMap((folder) =>
    ['.env', 'bunfig.toml']
      .map((name) => join(folder, name))
      .filter((path) => existsSync(path))
      .map((path) => ({
        area: 'environment',
        severity: 'info',
        subject: path,
        message:
          'the moltnet program does not read it, whatever it sets; run from its sources by bun it would, so do not do that here',
      })),
  )
}
