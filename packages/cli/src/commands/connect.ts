import type { ClientAttachment } from '@moltnet/config/client'
import { Command, Option } from 'commander'
import { resolve } from 'node:path'
import { CommandError } from '../shell/failures.ts'
import { print } from '../shell/io.ts'
import { checkNetworkFlags, networkFlags, type NetworkFlags } from '../shell/network-options.ts'
import { clientFor, keepToken, register, workspaceFiles, writeIdentityOf } from '../shell/registration.ts'
import { fetchServerSkill, installSkill, SKILL_RUNTIMES } from '../skill/install.ts'

interface ConnectFlags extends NetworkFlags {
  networkId: string
  memberId: string
  agentName?: string
  runtime: string
  workspace: string
  rooms?: string
  enableDms?: boolean
  installSkill: string
}

/** `moltnet connect`: gives a workspace access to a network. */
export function command(): Command {
  return networkFlags(new Command('connect'))
    .description(
      'Write the client config of a workspace (what is there stays, its token too), register when the network is open, and install the skill.',
    )
    .requiredOption('--network-id <id>', 'id of the network')
    .requiredOption('--member-id <id>', 'who this workspace speaks as')
    .option('--agent-name <name>', 'display name')
    .addOption(
      new Option('--runtime <kind>', 'runtime of the agent').choices(SKILL_RUNTIMES).default('openclaw'),
    )
    .option('--workspace <dir>', 'workspace', '.')
    .option('--rooms <a,b>', 'rooms to attach')
    .option('--enable-dms', 'enable direct messages')
    .option('--install-skill <boolean>', 'write SKILL.md', 'true')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet connect --base-url http://127.0.0.1:8787 --network-id local --member-id researcher --rooms research --runtime claude-code',
    )
    .action(async (flags: ConnectFlags) => {
      await connect({ ...flags, ...checkNetworkFlags(flags) })
    })
}

async function connect(flags: ConnectFlags): Promise<void> {
  const files = workspaceFiles(flags.workspace)
  const { attachmentFromFlags, mergeAttachment, updateClientConfig } = await import('@moltnet/config/client')
  const rooms = (flags.rooms ?? '').split(',').flatMap((room) => room.trim() || [])
  const wanted = attachmentFromFlags({ ...flags, rooms }, { cwd: process.cwd(), env: process.env })
  const config = await updateClientConfig(
    files.config,
    async (current) => {
      const agent = {
        runtime: flags.runtime,
        ...(flags.agentName === undefined ? {} : { name: flags.agentName }),
      }
      const merged = mergeAttachment(current, wanted, agent)
      const attachment = find(merged.attachments, wanted)
      // A registration that fails throws here, before the file is written.
      const token = await registerWhenOpen(flags, attachment, files.identity)
      return mergeAttachment(merged, { ...attachment, token }, agent)
    },
    { env: process.env },
  )
  print(`connected ${wanted.memberId} to ${wanted.networkId} in ${files.config}`)
  if (flags.installSkill !== 'false') await installSkillOf(flags, find(config.attachments, wanted))
}

function find(attachments: readonly ClientAttachment[], wanted: ClientAttachment): ClientAttachment {
  const found = attachments.find(
    (one) => one.networkId === wanted.networkId && one.memberId === wanted.memberId,
  )
  if (!found) throw new CommandError('the attachment was not written')
  return found
}

/** In an open network the id is claimed or confirmed, and a token that is shown once is kept. */
async function registerWhenOpen(
  flags: ConnectFlags,
  attachment: ClientAttachment,
  identity: string,
): Promise<ClientAttachment['token']> {
  if (attachment.authMode !== 'open' && attachment.registration !== 'open') return attachment.token
  const client = await clientFor(flags.baseUrl, attachment.token)
  const registration = await register(client, {
    networkId: attachment.networkId,
    agentId: attachment.memberId,
    name: attachment.agentName,
  })
  const token = await keepToken(attachment.token, registration.agent_token)
  await writeIdentityOf(identity, registration)
  return token
}

async function installSkillOf(flags: ConnectFlags, attachment: ClientAttachment): Promise<void> {
  const { resolveTokenSource } = await import('@moltnet/config/client')
  const token = await resolveTokenSource(attachment.token, { env: process.env })
  const text = await fetchServerSkill(flags.baseUrl, token.kind === 'token' ? token.token : undefined)
  const workspace = resolve(flags.workspace)
  for (const path of await installSkill({
    runtime: flags.runtime,
    workspace,
    ...(text === undefined ? {} : { text }),
  })) {
    print(`installed ${path}`)
  }
}
