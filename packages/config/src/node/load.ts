import { dirname, resolve } from 'node:path'
import { fileError } from '../core/fault.ts'
import { findFile } from '../files/find-file.ts'
import type { FoundFile } from '../files/find-file.ts'
import type { ConfigText, Loaded, LoadOptions, ParseOptions } from '../load.ts'
import { readConfig, readFound, textInput } from '../load.ts'
import { nodeWarnings, resolveNode } from './resolve.ts'
import { bridgeKind, nodeKind } from './rules.ts'
import type { NodeConfig } from './types.ts'

/** Names that a node's file may have in the working directory. */
export const NODE_FILE_NAMES: readonly string[] = [
  'MoltnetNode',
  'moltnet-node.yaml',
  'moltnet-node.yml',
  'moltnet-node.json',
]

/** Variable that names the node's file. */
export const NODE_FILE_VARIABLE = 'MOLTNET_NODE_CONFIG'

/** The file that {@link loadNodeConfig} would read, which need not be right; undefined when there is none. */
export async function findNodeFile(options: LoadOptions): Promise<FoundFile | undefined> {
  return await findFile({ ...options, variable: NODE_FILE_VARIABLE, names: NODE_FILE_NAMES })
}

/**
 * Loads a node's configuration: an explicit path, `MOLTNET_NODE_CONFIG`, or the first of the usual names in
 * `cwd`. Throws a ConfigError with all faults, or when there is no file.
 */
export async function loadNodeConfig(options: LoadOptions): Promise<Loaded<NodeConfig>> {
  const found = await findNodeFile(options)
  if (found === undefined) {
    throw fileError(
      'MoltnetNode',
      `there is no such file (looked for ${NODE_FILE_NAMES.join(', ')}); moltnet init writes one`,
    )
  }
  return readNode(await readFound(found), options)
}

/**
 * Loads a bridge's configuration as a node with one attachment. The file is JSON whatever its name.
 * Throws a ConfigError with all faults.
 */
export async function loadBridgeConfig(path: string, options: LoadOptions): Promise<Loaded<NodeConfig>> {
  return readBridge(await readFound({ path: resolve(options.cwd, path), shown: path }), options)
}

/** The configuration that a text stands for, as {@link loadNodeConfig} would read it from a private file. */
export async function parseNodeConfig(text: string, options: ParseOptions = {}): Promise<Loaded<NodeConfig>> {
  return readNode(...textInput(text, 'MoltnetNode', options))
}

/** The configuration that a text stands for, as {@link loadBridgeConfig} would read it from a private file. */
export async function parseBridgeConfig(
  text: string,
  options: ParseOptions = {},
): Promise<Loaded<NodeConfig>> {
  return readBridge(...textInput(text, 'bridge.json', options))
}

async function readNode(input: ConfigText, { env, features }: LoadOptions): Promise<Loaded<NodeConfig>> {
  const context = { dir: dirname(input.path), env }
  const secrets = ['moltnet.token', 'attachments.*.moltnet.token', 'attachments.*.runtime.token']
  const checked = await readConfig(input, { kind: nodeKind, context, secrets, features })
  const { moltnet, attachments } = checked.data
  const config = resolveNode(moltnet, attachments, { ...context, features: checked.features })
  return { config, path: input.path, warnings: [...checked.warnings, ...nodeWarnings(config)] }
}

async function readBridge(input: ConfigText, { env, features }: LoadOptions): Promise<Loaded<NodeConfig>> {
  const context = { dir: dirname(input.path), env }
  const secrets = ['moltnet.token', 'runtime.token']
  const checked = await readConfig(input, { kind: bridgeKind, context, secrets, features, jsonOnly: true })
  const { version: _version, moltnet, ...attachment } = checked.data
  const config = resolveNode(moltnet, [attachment], { ...context, features: checked.features })
  return { config, path: input.path, warnings: checked.warnings }
}
