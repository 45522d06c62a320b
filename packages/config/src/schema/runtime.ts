import { z } from 'zod'
import { envName, filePath, foreignSecret, httpUrl, line, wsUrl } from './fields.ts'

const commandOf = (name: string) =>
  line.default(name).describe(`Program to start; \`${name}\` when left out.`)
const workspacePath = filePath.describe('Folder that the agent works in, relative to this file.')
const homePath = filePath.optional().describe('Home folder of the runtime, relative to this file.')
const token = foreignSecret.optional().describe('Token of the runtime. The file must then be private (0600).')
const controlUrl = httpUrl
  .optional()
  .describe('Control URL that wakes are posted to, instead of the other seams.')
const sessionPrefix = line.describe('First part of every session key.')

/** Keys of every runtime whose program the node starts. */
const launchKeys = {
  args: z.array(z.string()).optional().describe("Arguments put before the adapter's own."),
  env: z
    .record(envName, z.string())
    .optional()
    .describe('Environment variables added to those of the program.'),
  inherit_env: z
    .union([z.boolean(), z.array(envName)], { error: 'must be true, false or a list of variable names' })
    .optional()
    .describe(
      "What the program gets of the node's environment: `true` (the default) for all but tokens and Moltnet's own, `false` for nothing, or names.",
    ),
}

const cliKeys = (command: string) => ({
  workspace_path: workspacePath,
  command: commandOf(command),
  home_path: homePath,
  session_store_path: filePath.optional().describe('Where session ids are kept, relative to this file.'),
  session_prefix: sessionPrefix.optional(),
  ...launchKeys,
})

const programKeys = {
  command: line.describe('Program to start: a name in PATH, or a path relative to this file.'),
  workspace_path: workspacePath.optional(),
  ...launchKeys,
}

/** Default of TinyClaw's API, and the paths of its three URLs. */
export const TINYCLAW = {
  origin: 'http://127.0.0.1:3777',
  inbound: '/api/message',
  outbound: '/api/responses/pending',
  ack: '/api/responses',
} as const

/** PicoClaw's default URL, and the one that newer releases listen on. */
export const PICOCLAW_URLS = {
  default: 'ws://127.0.0.1:18990/pico/ws',
  newer: 'ws://127.0.0.1:18790/pico/ws',
} as const

/** How a runtime is driven: one shape per kind. Rules between keys stand in `runtime-rules.ts`. */
export const RuntimeBlock = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('openclaw'),
    gateway_url: wsUrl.default('ws://127.0.0.1:18789').describe('URL of the OpenClaw gateway.'),
    token,
    home_path: homePath,
    session_prefix: sessionPrefix.default('agent:main:moltnet'),
  }),
  z.strictObject({
    kind: z.literal('picoclaw'),
    events_url: wsUrl
      .optional()
      .describe(`WebSocket of the PicoClaw gateway; \`${PICOCLAW_URLS.default}\` when nothing else is set.`),
    command: line.optional().describe('Program to start per wake; `picoclaw` when `config_path` is set.'),
    config_path: filePath.optional().describe('Configuration of the program, relative to this file.'),
    control_url: controlUrl,
    token,
    home_path: homePath,
    ...launchKeys,
  }),
  z.strictObject({
    kind: z.literal('tinyclaw'),
    inbound_url: httpUrl.optional().describe('URL that messages are posted to.'),
    outbound_url: httpUrl.optional().describe('URL that answers are read from.'),
    ack_url: httpUrl.optional().describe('URL that answers are acknowledged at.'),
    channel: line.default('moltnet').describe('Channel name in TinyClaw.'),
    control_url: controlUrl,
    token,
  }),
  z.strictObject({ kind: z.literal('codex'), ...cliKeys('codex') }),
  z.strictObject({ kind: z.literal('claude-code'), ...cliKeys('claude') }),
  z.strictObject({
    kind: z.literal('pi'),
    control_url: controlUrl,
    workspace_path: workspacePath.optional(),
    command: line.optional().describe('Program to start; `pi` when left out.'),
    ...launchKeys,
  }),
  z.strictObject({
    kind: z.literal('acp'),
    ...programKeys,
    permissions: z
      .enum(['moltnet', 'allow', 'reject'])
      .default('moltnet')
      .describe(
        'Answer to what the agent asks permission for: `moltnet` allows a single command of `moltnet`, so that it can speak, and refuses all else; `allow` allows everything; `reject` refuses everything.',
      ),
  }),
  z.strictObject({ kind: z.literal('command'), ...programKeys }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: httpUrl.describe('URL that wakes are posted to as JSON.'),
    token,
  }),
])
export type RuntimeBlock = z.infer<typeof RuntimeBlock>
