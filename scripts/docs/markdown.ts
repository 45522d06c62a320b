import { listFiles, readText } from '../lib/files.ts'

/** A Markdown file of the repository, taken apart once for all checks. */
export interface Page {
  path: string
  text: string
  /** Fenced blocks with the word after the fence (`sh`, `yaml`, …) and the line of their first line of content. */
  blocks: readonly { language: string; text: string; line: number }[]
  /** Text between single backticks, outside fenced blocks. */
  spans: readonly { text: string; line: number }[]
  /** Targets of links and images, outside fenced blocks. */
  links: readonly { target: string; line: number }[]
  /** Names that `#fragment` links may use. */
  anchors: ReadonlySet<string>
}

/** Every Markdown file below `root` that is a document; text that a program shows has its own tests. */
export async function readPages(root: string): Promise<Page[]> {
  const paths = listFiles(root, '**/*.md').filter((path) => !/^packages\/[^/]+\/(?:src|test)\//.test(path))
  return await Promise.all(paths.map(async (path) => parsePage(path, (await readText(root, path)) ?? '')))
}

/** Takes one Markdown text apart. */
export function parsePage(path: string, text: string): Page {
  const blocks: { language: string; text: string; line: number }[] = []
  const spans: { text: string; line: number }[] = []
  const links: { target: string; line: number }[] = []
  const anchors = new Set<string>()
  let open: { language: string; lines: string[]; line: number } | undefined
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1
    const fence = /^\s*```(\w*)/.exec(content)
    if (fence !== null) {
      if (open === undefined) open = { language: fence[1] ?? '', lines: [], line: line + 1 }
      else {
        blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line })
        open = undefined
      }
    } else if (open !== undefined) {
      open.lines.push(content)
    } else {
      const heading = /^#{1,6}\s+(.*)$/.exec(content)
      if (heading !== null) anchors.add(anchorOf(heading[1] ?? ''))
      for (const match of content.matchAll(/`([^`]+)`/g)) spans.push({ text: match[1] ?? '', line })
      for (const match of content.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
        links.push({ target: match[1] ?? '', line })
      }
    }
  }
  return { path, text, blocks, spans, links, anchors }
}

/** The fragment that a heading gets on code hosts: lower case, spaces to hyphens, punctuation gone. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

/** Command lines of the shell blocks and one-line spans of a page: comments, prompts and continuations resolved. */
export function commandsOf(page: Page): { command: string; line: number }[] {
  const found = page.spans.map(({ text, line }) => ({ command: text, line }))
  for (const block of page.blocks) {
    if (!['sh', 'bash', 'console', 'shell'].includes(block.language)) continue
    let joined = ''
    for (const [index, raw] of block.text.split('\n').entries()) {
      joined += raw.replace(/(^|\s)#.*$/, '').replace(/^\s*\$\s+/, '')
      if (joined.endsWith('\\')) {
        joined = `${joined.slice(0, -1).trimEnd()} `
        continue
      }
      for (const part of joined.split(/&&|\|\||[;|]/)) {
        const command = part.trim().replace(/\s+/g, ' ')
        if (command !== '') found.push({ command, line: block.line + index })
      }
      joined = ''
    }
  }
  return found
}
