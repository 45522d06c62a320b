import { YAML } from 'bun'
import type { Fault } from '../lib/fault.ts'
import type { DocCheck } from './doc-check.ts'
import type { Page } from './markdown.ts'

type Mapping = Record<string, unknown>
type Kind = 'server' | 'node'

/** First-level keys that only a node's file has; every other example is of a server. */
const NODE_KEYS = ['attachments', 'moltnet']

/**
 * Every YAML example of the documents is a config that starts: whole files as they are, parts merged over
 * the file that `moltnet init` writes.
 */
export const configExamples: DocCheck = {
  name: 'config examples',
  async run(_root, pages) {
    const examples = pages.flatMap((page) =>
      page.blocks.filter((block) => block.language === 'yaml').map((block) => ({ page, block })),
    )
    const found = await Promise.all(examples.map(async ({ page, block }) => await faultsOf(page, block)))
    return found.flat()
  },
}

async function faultsOf(page: Page, block: Page['blocks'][number]): Promise<Fault[]> {
  const at = (message: string): Fault => ({ file: page.path, line: block.line, message })
  let example: unknown
  try {
    example = YAML.parse(block.text)
  } catch (error) {
    return [at(`example is no YAML: ${error instanceof Error ? error.message : String(error)}`)]
  }
  if (!isMapping(example)) return [at('example is no mapping')]
  const kind: Kind = NODE_KEYS.some((key) => key in example) ? 'node' : 'server'
  const messages = await faultsOfConfig(kind, example)
  return messages.map((message) => at(`example of a ${kind}: ${message}`))
}

async function faultsOfConfig(kind: Kind, example: Mapping): Promise<string[]> {
  // Loaded here, so that a package that does not load is a fault of this check and of no other.
  const config = await import('@moltnet/config')
  const base = YAML.parse(kind === 'node' ? config.defaultNodeFile() : config.defaultServerFile()) as Mapping
  const text = JSON.stringify('version' in example ? example : merge(base, example))
  const options = { file: 'example.json' }
  try {
    if (kind === 'node') await config.parseNodeConfig(text, options)
    else await config.parseServerConfig(text, options)
    return []
  } catch (error) {
    if (!(error instanceof config.ConfigError)) throw error
    return error.faults.map((fault) =>
      fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`,
    )
  }
}

function merge(base: Mapping, over: Mapping): Mapping {
  const merged = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isMapping(below) && isMapping(value) ? merge(below, value) : value
  }
  return merged
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
