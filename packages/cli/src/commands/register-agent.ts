import type { ClientAttachment } from '@moltnet/config/client'
import { Command } from 'commander'
import { note, printJson } from '../shell/io.ts'
import { checkNetworkFlags, networkFlags, type NetworkFlags } from '../shell/network-options.ts'
import { clientFor, keepToken, register, workspaceFiles, writeIdentityOf } from '../shell/registration.ts'

interface RegisterFlags extends NetworkFlags {
  agent?: string
  name?: string
  workspace: string
  config?: string
  network?: string
  writeIdentity: string
}

/** `moltnet register-agent`: claims or confirms an agent id over HTTP. */
export function command(): Command {
  return networkFlags(new Command('register-agent'))
    .description(
      'Register an agent id and print the registration as JSON. A new agent token is stored, because it is shown only once.',
    )
    .option('--agent <id>', 'agent id; without it the network makes one from the name')
    .option('--name <name>', 'display name')
    .option('--workspace <dir>', 'workspace', '.')
    .option('--config <path>', 'client config (default: <workspace>/.moltnet/config.json)')
    .option('--network <id>', 'refuse to register with any other network')
    .option('--write-identity <boolean>', 'write .moltnet/identity.json', 'true')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet register-agent --base-url http://127.0.0.1:8787 --agent researcher',
    )
    .action(async (flags: RegisterFlags) => {
      await registerAgent({ ...flags, ...checkNetworkFlags(flags) })
    })
}

async function registerAgent(flags: RegisterFlags): Promise<void> {
  const files = workspaceFiles(flags.workspace)
  const { tokenFromFlags } = await import('@moltnet/config/client')
  const source = tokenFromFlags(flags, { cwd: process.cwd(), env: process.env })
  const client = await clientFor(flags.baseUrl, source)
  const registration = await register(client, {
    networkId: flags.network,
    agentId: flags.agent,
    name: flags.name,
  })
  const kept = await keepToken(source, registration.agent_token)
  if (registration.agent_token !== undefined && kept.kind === 'value') {
    const path = flags.config ?? files.config
    await storeInConfig(path, flags, {
      networkId: registration.network_id,
      memberId: registration.agent_id,
      token: kept,
    })
    note(`the agent token is kept in ${path}`)
  }
  if (flags.writeIdentity !== 'false') await writeIdentityOf(files.identity, registration)
  printJson(registration)
}

type Claimed = { networkId: string; memberId: string; token: ClientAttachment['token'] }

/** Puts the token into the attachment that the config has for this agent, or into a new one without rooms. */
async function storeInConfig(path: string, flags: RegisterFlags, claimed: Claimed): Promise<void> {
  const { attachmentFromFlags, mergeAttachment, updateClientConfig } = await import('@moltnet/config/client')
  const { networkId, memberId, token } = claimed
  const fresh = attachmentFromFlags(
    { baseUrl: flags.baseUrl, networkId, memberId, authMode: flags.authMode ?? 'open' },
    { cwd: process.cwd(), env: process.env },
  )
  await updateClientConfig(
    path,
    (current) => {
      const old = current?.attachments.find((one) => one.networkId === networkId && one.memberId === memberId)
      return mergeAttachment(current, { ...(old ?? fresh), token })
    },
    { env: process.env },
  )
}
