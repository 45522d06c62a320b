import type {
  AgentId,
  AuthMode,
  NetworkId,
  RegistrationMode,
  RoomAccess,
  RoomId,
  Visibility,
  WakeRule,
  WritePolicy,
} from '@moltnet/protocol'
import type { FeatureUse } from '../features.ts'
import type { GuardConfig } from '../server/types.ts'

/** A node's configuration with every default filled in. A bridge is a node with one attachment. */
export interface NodeConfig {
  attachments: AttachmentConfig[]
  /** Variables that hold Moltnet tokens: never given to a runtime. */
  tokenEnvNames: string[]
  /** Features that this configuration needs; see `unavailableFeatures`. */
  features: FeatureUse[]
}

/** One agent of the node. Durations are milliseconds, paths absolute. */
export interface AttachmentConfig {
  agent: { id: AgentId; name?: string }
  moltnet: NetworkConnection
  runtime: RuntimeConfig
  rooms: RoomBinding[]
  dms: DmBinding
  /** What becomes of the last text of a turn in which the agent sent nothing itself. */
  finalText: FinalText
  /** Turns of different conversations that may run side by side. */
  maxConcurrent: number
  /** A turn that takes longer is ended and counts as failed. */
  turnTimeoutMs: number
  bootstrap: Bootstrap
  /** This agent's own guard settings; what is absent is the server's. */
  guards: Partial<GuardConfig>
  /** First part of every session key: `session_prefix`, else `agent:<agent id>`. */
  sessionPrefix: string
}

export type FinalText = 'ignore' | 'hold' | 'publish'
export type Bootstrap = 'first_wake' | 'turn' | 'none'

/** The network of an attachment and how to show who it is. */
export interface NetworkConnection {
  /** Without a trailing slash. */
  baseUrl: string
  networkId: NetworkId
  authMode: AuthMode
  registration: RegistrationMode
  token: TokenSource
}

/** Where a token comes from: the first that is configured of `token`, `token_env`, `token_path`. */
export type TokenSource =
  | { kind: 'none' }
  | { kind: 'value'; token: string; rule: TokenRule }
  | { kind: 'env'; name: string; rule: TokenRule }
  | { kind: 'file'; path: string; rule: TokenRule }

/**
 * What the token may be: `any`; `static` (several agents share it, so an agent token is refused and
 * nothing is claimed); `claim` (open mode: a missing file is claimed on first attach).
 */
export type TokenRule = 'any' | 'static' | 'claim'

/** A room of an attachment, both notations read as one rule. */
export interface RoomBinding {
  id: RoomId
  wake: WakeRule
  /** An operator approves each wake. */
  approval: boolean
  visibility?: Visibility
  writePolicy?: WritePolicy
  canWrite?: boolean
  access?: Partial<RoomAccess>
}

/** Direct messages of an attachment. */
export interface DmBinding {
  enabled: boolean
  /** `mentions` never stands here: a DM is addressed already, so it became `all`. */
  wake: WakeRule
  approval: boolean
}

/** Kinds of runtimes. */
export type RuntimeKind = RuntimeConfig['kind']

/** How a runtime is driven. */
export type RuntimeConfig =
  | OpenclawRuntime
  | PicoclawRuntime
  | TinyclawRuntime
  | CliRuntime
  | PiRuntime
  | AcpRuntime
  | CommandRuntime
  | WebhookRuntime

/** Starting a program. */
export interface LaunchOptions {
  /** A program name to look up in PATH, or an absolute path. */
  command: string
  /** Put before the adapter's own arguments. */
  args: string[]
  /** Variables added to the child's environment. */
  env: Record<string, string>
  /** What of the node's environment the child inherits: all that is safe, nothing, or these names. */
  inheritEnv: boolean | string[]
}

/** The folder that a program works in and the node's files in it. */
export interface WorkspaceOptions {
  workspacePath: string
  /** The client config that the node writes there for `moltnet send`. */
  clientConfigPath: string
  /** The session store of this attachment. */
  sessionStorePath: string
  /** Another attachment of the node works in the same folder. */
  workspaceShared: boolean
}

export interface OpenclawRuntime {
  kind: 'openclaw'
  gatewayUrl: string
  token?: string
  homePath?: string
}

export type PicoclawRuntime =
  | {
      kind: 'picoclaw'
      via: 'events'
      eventsUrl: string
      /** Tried when the default URL refuses: the port of newer releases. */
      fallbackEventsUrl?: string
      token?: string
      homePath?: string
    }
  | ({
      kind: 'picoclaw'
      via: 'command'
      configPath: string
      token?: string
      homePath?: string
    } & LaunchOptions &
      WorkspaceOptions)
  | { kind: 'picoclaw'; via: 'control'; controlUrl: string; token?: string; homePath?: string }

export type TinyclawRuntime =
  | {
      kind: 'tinyclaw'
      via: 'api'
      inboundUrl: string
      outboundUrl: string
      ackUrl: string
      channel: string
      token?: string
    }
  | { kind: 'tinyclaw'; via: 'control'; controlUrl: string; channel: string; token?: string }

/** Codex and Claude Code: one process per turn. */
export type CliRuntime = { kind: 'codex' | 'claude-code'; homePath?: string } & LaunchOptions &
  WorkspaceOptions

export type PiRuntime =
  | { kind: 'pi'; via: 'control'; controlUrl: string }
  | ({ kind: 'pi'; via: 'command' } & LaunchOptions & WorkspaceOptions)

/** An ACP agent over stdio. */
export type AcpRuntime = {
  kind: 'acp'
  /** What becomes of the agent's requests for permission. */
  permissions: AcpPermissions
} & LaunchOptions &
  WorkspaceOptions

/** Allows commands of `moltnet` alone, everything, or nothing. */
export type AcpPermissions = 'moltnet' | 'allow' | 'reject'

/** Any program that takes the wake on stdin. */
export type CommandRuntime = { kind: 'command' } & LaunchOptions & WorkspaceOptions

export interface WebhookRuntime {
  kind: 'webhook'
  url: string
  token?: string
}
