import { basename } from 'node:path'
import type { Look, RuntimeHealth } from '../health.ts'
import { lookAtProgram } from '../program-health.ts'
import type { AcpAgentOptions } from './agent-process.ts'
import type { AcpAgent } from './agent.ts'

/** Packages of agents that speak ACP, by the name of their program. */
const PACKAGES: Readonly<Record<string, string>> = {
  gemini: '@google/gemini-cli',
  opencode: 'opencode-ai',
  'codex-acp': '@agentclientprotocol/codex-acp',
  'claude-agent-acp': '@agentclientprotocol/claude-agent-acp',
  'pi-acp': 'pi-acp',
}

/** Programs that are known to tell their version; another one might begin to serve. */
const TELLS_VERSION: ReadonlySet<string> = new Set(['gemini', 'opencode'])

/** How an agent is installed. */
export function installOf(command: string): string {
  const name = PACKAGES[basename(command)]
  const install = name === undefined ? 'install the agent' : `install it with \`npm install -g ${name}\``
  return `${install}, or set runtime.command to its path`
}

/** A thorough look starts the agent, as a wake would, unless it runs already. */
export async function diagnoseAgent(
  agent: AcpAgent,
  options: AcpAgentOptions,
  look: Look,
): Promise<RuntimeHealth> {
  const { command } = options.runtime
  if (!agent.running) {
    const versionArgs = TELLS_VERSION.has(basename(command)) ? ['--version'] : undefined
    const facts = { install: installOf(command), versionArgs }
    const program = await lookAtProgram({ ...options, launch: options.runtime }, facts, look)
    if (program.state !== 'ready' || !look.thorough) return program
  }
  const started = await agent.use(look.signal, async (one) => one)
  if (started === 'aborted') {
    return { state: 'unreachable', problem: `${command} did not answer in time`, fix: START_FIX }
  }
  if (started.type === 'process') return { state: 'ready', version: started.version }
  return { state: 'broken', problem: started.error, fix: START_FIX }
}

const START_FIX =
  'check runtime.command and runtime.args: they must start an agent that speaks ACP over stdio'
