import type { AuthMode, RegistrationMode } from '@moltnet/protocol'

/** Kinds of credentials that checks ask for. A target leaves out what it cannot give. */
export interface Credentials {
  /** `observe`, `write`, `admin`. */
  operator?: string
  /** `observe` alone. */
  observer?: string
  /** `write` alone, no `agents`. */
  writer?: string
  /** `admin` alone. */
  admin?: string
  /** `attach` alone, no `agents`. */
  attach?: string
  /** `attach` with `agents: [bound-agent]`. */
  boundAttach?: string
  /** `pair` alone. */
  pair?: string
  /** `pair` with `network: net-bound`. */
  boundPair?: string
  /** `observe` and `attach`. */
  seer?: string
}

/** The id in the `agents` list of {@link Credentials.boundAttach}. */
export const BOUND_AGENT = 'bound-agent'

/** The network of {@link Credentials.boundPair}. */
export const BOUND_NETWORK = 'net-bound'

/** A Moltnet server to check: ours or any other. */
export interface Target {
  /** Without a trailing slash. */
  baseUrl: string
  networkId: string
  mode: AuthMode
  publicRead: boolean
  registration: RegistrationMode
  humanIngress: boolean
  directMessages: boolean
  credentials: Credentials
}
