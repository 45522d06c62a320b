/** Where a link of a message leads, when it may be followed. */
export type LinkTarget =
  | { readonly kind: 'web'; readonly href: string; readonly host: string }
  | { readonly kind: 'mail'; readonly href: string; readonly host: string }
  | { readonly kind: 'molt'; readonly href: string }

/**
 * Reads the target of a link: http, https, mailto and molt, absolute. `host` is in ASCII (punycode), so that no
 * letter stands for another, and without the user name that some put before it. Undefined for all else.
 */
export function readLink(target: string): LinkTarget | undefined {
  const url = URL.parse(target)
  if (url === null) return undefined
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return { kind: 'web', href: url.href, host: url.host }
    case 'mailto:':
      // Only the address: no prepared subject, text or further receivers.
      return { kind: 'mail', href: `mailto:${url.pathname}`, host: decodedAddress(url.pathname) }
    case 'molt:':
      return { kind: 'molt', href: target }
    default:
      return undefined
  }
}

function decodedAddress(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch (error) {
    if (error instanceof URIError) return address
    throw error
  }
}

/** Whether what a reader sees is the target itself, so that nothing has to be said about where it leads. */
export function namesItself(shown: string, link: LinkTarget): boolean {
  const text = shown.trim()
  return [link.href, link.href.replace(/\/$/, '')].some(
    (href) => text === href || text === href.replace(/^(?:https?:\/\/|mailto:)/, ''),
  )
}
