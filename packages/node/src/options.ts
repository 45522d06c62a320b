import type { NodeConfig } from '@moltnet/config'
import type { NodeReport } from './control/wire.ts'
import type { ReloadResult } from './reload.ts'
import type { AttachmentState } from './states.ts'

/** The file that a configuration comes from. */
export interface ConfigSource {
  /** Absolute. */
  path: string
  /** Reads it again. Throws with all that is wrong with it. */
  load(): Promise<NodeConfig>
}

/** What the caller settles besides the configuration. */
export interface NodeOverrides {
  /**
   * Folder of the node's private files: running turns, finished messages. Default `.moltnet/node` in the
   * working directory; a command uses the folder of the configuration file, so that a node started from
   * elsewhere finds it again.
   */
  stateDir?: string
  /** With it the node can be reloaded, and answers its operator on a socket of its own. */
  source?: ConfigSource
  /** Version of the program, for reports. */
  version?: string
  /** The node's environment: token variables are read from it, agents inherit it. Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>
  /** Program and first arguments of the running `moltnet`, which agents then find first in PATH. */
  moltnetCommand?: readonly string[]
  /** Stops the node, also while it still waits for a server. */
  signal?: AbortSignal
  /** Running turns may finish this long after `stop`, in milliseconds. Default 5,000. */
  stopGraceMs?: number
  /** From TERM to KILL of a program, in milliseconds. Default 2,000. */
  killGraceMs?: number
  /** In [0, 1); spreads retries. Default `Math.random`. */
  random?: () => number
}

/** A node that runs. */
export interface RunningNode {
  /** What every attachment is doing, in the order of the configuration. */
  states(): AttachmentState[]
  /** The same with a fresh look at every runtime and server; waits for them a few seconds at most. */
  report(): Promise<NodeReport>
  /**
   * Reads the configuration again and goes over to it: attachments that did not change keep their connection
   * and their turns; turns of the others may finish for the grace. With a fault anywhere, and without a
   * source, nothing is changed. Never throws.
   */
  reload(): Promise<ReloadResult>
  /**
   * Resolves when the node has stopped. Rejects with a {@link PreflightError} when a server that could not
   * be reached at the start turns out to be the wrong one.
   */
  wait(): Promise<void>
  /** Lets running turns finish for the grace, ends them, detaches. May be called again. */
  stop(): Promise<void>
}
