/** One file of the console, as the server gives it out below `/console`. */
export interface ConsoleAsset {
  /** Path below `/console`, with its slash. */
  path: string
  contentType: string
  body: Uint8Array<ArrayBuffer> | string
  /** True when the name changes with the content, so that a browser may keep it for ever. */
  immutable: boolean
}

/** Path of the page, which is also the answer for paths that name no file. */
export const PAGE_PATH = '/index.html'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** What is known of a file from its name: `/assets/` holds files whose name changes with their content. */
export function describeAsset(path: string): Omit<ConsoleAsset, 'body'> {
  const contentType = CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)]
  if (contentType === undefined) throw new Error(`the console has no content type for ${path}`)
  return { path, contentType, immutable: path.startsWith('/assets/') }
}
