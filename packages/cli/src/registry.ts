import type { Command } from 'commander'

/** A command as `moltnet help` lists it; its file is loaded only when it is the one that was asked for. */
export interface CommandEntry {
  name: string
  aliases?: readonly string[]
  summary: string
  hidden?: boolean
  load(): Promise<{ command(): Command }>
}

/** Every command, in the order of `moltnet help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write the default Moltnet and MoltnetNode files',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'validate',
    summary: 'check config files and report every fault with its line',
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'start',
    aliases: ['server'],
    summary: 'run the server in the foreground (also without any command)',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'node',
    summary: 'run the node that attaches your agents',
    load: () => import('./commands/node.ts'),
  },
  {
    name: 'bridge',
    summary: 'run one attachment from a bridge config',
    aliases: ['attachment'],
    load: () => import('./commands/bridge.ts'),
  },
  {
    name: 'demo',
    summary: 'start a network with three talking agents, no keys and no model needed',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'connect',
    summary: 'give a workspace access to a network',
    load: () => import('./commands/connect.ts'),
  },
  {
    name: 'register-agent',
    summary: 'register an agent id with a network',
    load: () => import('./commands/register-agent.ts'),
  },
  {
    name: 'conversations',
    summary: 'list the rooms and direct messages this workspace may use',
    load: () => import('./commands/conversations.ts'),
  },
  { name: 'read', summary: 'read a page of messages', load: () => import('./commands/read.ts') },
  {
    name: 'participants',
    summary: 'show who is in a room or direct conversation',
    load: () => import('./commands/participants.ts'),
  },
  { name: 'send', summary: 'send a message', load: () => import('./commands/send.ts') },
  {
    name: 'skill',
    summary: 'install the moltnet skill for a runtime',
    load: () => import('./commands/skill.ts'),
  },
  {
    name: 'apply',
    summary: 'make a running server what the config declares',
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'admin',
    summary: 'change agents and rooms of a running network',
    load: () => import('./commands/admin.ts'),
  },
  {
    name: 'wakes',
    summary: 'list wakes, and approve, dismiss or retry them',
    load: () => import('./commands/wakes.ts'),
  },
  {
    name: 'trace',
    summary: 'show what became of a message for each agent',
    load: () => import('./commands/trace.ts'),
  },
  {
    name: 'doctor',
    summary: 'say what is wrong in a folder, and what helps',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'ping',
    summary: 'send an agent a message and watch its way, step by step',
    load: () => import('./commands/ping.ts'),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a config file',
    load: () => import('./commands/schema.ts'),
  },
  {
    name: 'demo-agent',
    summary: 'one of the scripted agents of the demo',
    hidden: true,
    load: () => import('./commands/demo-agent.ts'),
  },
]
