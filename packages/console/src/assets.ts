import icon from './page/icon.svg' with { type: 'text' }
import page from './page/index.html' with { type: 'text' }
import style from './page/console.css' with { type: 'text' }

/** One file of the console, as the server gives it out below `/console`. */
export interface ConsoleAsset {
  /** Path below `/console`, with its slash. */
  path: string
  contentType: string
  body: Uint8Array<ArrayBuffer> | string
  /** True when the name changes with the content, so that a browser may keep it for ever. */
  immutable: boolean
}

/**
 * Every file of the console. The first one, `/index.html`, is also the answer for paths that name no file.
 * They are imported as text: a compiled program carries them, and no folder has to be found at run time.
 * The page has no script and no inline style; it works under `default-src 'self'`.
 */
export const consoleAssets: readonly ConsoleAsset[] = [
  {
    path: '/index.html',
    contentType: 'text/html; charset=utf-8',
    // Bun's types know an imported page as a bundle; imported as text it is a string.
    body: page as unknown as string,
    immutable: false,
  },
  { path: '/console.css', contentType: 'text/css; charset=utf-8', body: style, immutable: false },
  { path: '/icon.svg', contentType: 'image/svg+xml', body: icon, immutable: false },
]
