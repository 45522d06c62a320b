import type { z } from 'zod'
import type { Report } from '../core/report.ts'
import type { Salvaged } from '../core/validate.ts'
import type { RuntimeBlock } from './runtime.ts'

type Runtime = Salvaged<z.input<typeof RuntimeBlock>>
type OfKind<K extends RuntimeBlock['kind']> = Salvaged<Extract<z.input<typeof RuntimeBlock>, { kind: K }>>

/** Keys that only a program which the node starts uses. */
const LAUNCH = ['args', 'env', 'inherit_env'] as const

/** Rules between the keys of a runtime. `tokenEnvNames` are variables that hold Moltnet tokens. */
export function runtimeRules(
  runtime: Runtime | undefined,
  report: Report,
  tokenEnvNames: ReadonlySet<string>,
): void {
  if (runtime?.kind === undefined) return
  if (runtime.kind === 'picoclaw') picoclawRules(runtime, report)
  if (runtime.kind === 'tinyclaw') tinyclawRules(runtime, report)
  if (runtime.kind === 'pi') piRules(runtime, report)
  const inherited = 'inherit_env' in runtime && Array.isArray(runtime.inherit_env) ? runtime.inherit_env : []
  for (const [index, name] of inherited.entries()) {
    if (name === undefined || !tokenEnvNames.has(name)) continue
    report.fault(['inherit_env', index], `${name} holds a Moltnet token, which a runtime must not get`)
  }
  report.uses(`runtime_${runtime.kind}`, ['kind'])
}

function picoclawRules(runtime: OfKind<'picoclaw'>, report: Report): void {
  const [seam, ...others] = present(runtime, ['events_url', 'config_path', 'control_url'])
  for (const key of others) {
    report.fault([key], `must not stand beside ${seam}`, 'key')
  }
  if (runtime.config_path !== undefined || report.isMisshapen('config_path')) return
  for (const key of present(runtime, ['command', ...LAUNCH])) {
    report.fault([key], 'is only used with config_path', 'key')
  }
}

function tinyclawRules(runtime: OfKind<'tinyclaw'>, report: Report): void {
  if (runtime.control_url === undefined) return
  for (const key of present(runtime, ['inbound_url', 'outbound_url', 'ack_url'])) {
    report.fault([key], 'must not stand beside control_url', 'key')
  }
}

function piRules(runtime: OfKind<'pi'>, report: Report): void {
  if (runtime.control_url === undefined) {
    const missing = runtime.workspace_path === undefined && !report.isMisshapen('control_url')
    if (missing) report.fault(['workspace_path'], 'is required (or control_url)')
    return
  }
  for (const key of present(runtime, ['workspace_path', 'command', ...LAUNCH])) {
    report.fault([key], 'must not stand beside control_url', 'key')
  }
}

/** Those of the keys that are there, in the order given. */
function present<K extends string>(runtime: { [P in K]?: unknown }, keys: readonly K[]): K[] {
  return keys.filter((key) => runtime[key] !== undefined)
}
