import type { NodeConfig } from '@moltnet/config'
import type { NodeReport } from '@moltnet/node'
import { askNode, diagnoseRuntime, NodeNotRunningError } from '@moltnet/node'
import { nodeStateDir } from '../shell/run-node.ts'
import { VERSION } from '../version.ts'
import { about } from './finding.ts'
import type { Finding } from './finding.ts'

/** How long one runtime is looked at, in milliseconds: the slowest agent took 18 s to start. */
const LOOK_MS = 60_000
/** Runtimes that are looked at side by side. */
const LOOKS_AT_ONCE = 4

/** A node's configuration and where it stands. */
export interface DeclaredNode {
  config: NodeConfig
  path: string
}

/** Whether the node runs, and how its attachments are. */
export async function nodeFindings({ config, path }: DeclaredNode): Promise<Finding[]> {
  let report: NodeReport
  try {
    report = (await askNode({ stateDir: nodeStateDir(path), configPath: path }, 'status')).report
  } catch (error) {
    if (error instanceof NodeNotRunningError) {
      const severity = config.attachments.length === 0 ? 'info' : 'warning'
      return [
        about('node', path).found(
          severity,
          'no node runs with this config, so none of its agents is woken',
          `moltnet node start ${path}`,
        ),
      ]
    }
    return [
      about('node', path).error(
        `a node runs and does not answer as expected: ${error instanceof Error ? error.message : String(error)}`,
        'restart the node with this program',
      ),
    ]
  }
  const findings = [about('node', path).ok(`a node runs (process ${report.pid})`)]
  if (report.version !== undefined && report.version !== VERSION) {
    findings.push(
      about('node', path).warning(
        `the node runs version ${report.version}, this program is ${VERSION}`,
        'restart the node',
      ),
    )
  }
  return [
    ...findings,
    ...configFindings(config, report, path),
    ...report.attachments.flatMap(attachmentFindings),
  ]
}

/** A node goes on with the config that it has read last. */
function configFindings({ attachments }: NodeConfig, report: NodeReport, path: string): Finding[] {
  const declared = attachments.map(({ agent }) => agent.id as string).toSorted()
  const running = report.attachments.map((one) => one.agent_id).toSorted()
  if (declared.join() === running.join()) return []
  const message = `the node runs ${running.join(', ') || 'no agent'}, the file now has ${declared.join(', ') || 'none'}`
  return [about('node', path).warning(message, `moltnet node reload ${path}`)]
}

function attachmentFindings({
  agent_id,
  state,
  reason,
  rejected,
}: NodeReport['attachments'][number]): Finding[] {
  const findings: Finding[] = []
  if (state === 'failed' || state === 'backing_off') {
    const severity = state === 'failed' ? 'error' : 'warning'
    const what = state === 'failed' ? 'has failed' : 'is not connected and tries again'
    findings.push(
      about('node', agent_id).found(
        severity,
        `${what}: ${reason ?? 'no reason given'}`,
        'mend that, then moltnet node reload',
      ),
    )
  } else findings.push(about('node', agent_id).ok(`is ${state}`))
  for (const { room, reason: why } of rejected) {
    findings.push(
      about('node', agent_id).warning(
        `messages of room ${room} do not wake it: ${why}`,
        `moltnet admin room members add --room ${room} --member ${agent_id}`,
      ),
    )
  }
  return findings
}

/** Looks at the runtime of every attachment, as the node would. */
export async function runtimeFindings(
  { config, path }: DeclaredNode,
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const findings: Finding[][] = []
  for (let first = 0; first < config.attachments.length; first += LOOKS_AT_ONCE) {
    const some = config.attachments.slice(first, first + LOOKS_AT_ONCE)
    findings.push(
      ...(await Promise.all(
        some.map(async (attachment): Promise<Finding[]> => {
          const health = await diagnoseRuntime(attachment, {
            stateDir: nodeStateDir(path),
            env,
            secretNames: config.tokenEnvNames,
            signal: AbortSignal.timeout(LOOK_MS),
          })
          const subject = `${attachment.agent.id} (${attachment.runtime.kind})`
          const area = 'runtime'
          if (health.state !== 'ready') {
            return [{ area, severity: 'error', subject, message: health.problem, fix: health.fix }]
          }
          const version = health.version === undefined ? '' : `, version ${health.version}`
          const note = health.note === undefined ? '' : ` (${health.note})`
          return [{ area, severity: 'ok', subject, message: `is there${version}${note}` }]
        }),
      )),
    )
  }
  return findings.flat()
}
