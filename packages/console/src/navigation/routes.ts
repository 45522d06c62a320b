import { parseAgentRef } from '@moltnet/protocol'

/** A place in the console. Each has an address, so that every one can be linked to and reloaded. */
export type Route =
  | { view: 'home' }
  | { view: 'inbox' }
  | { view: 'events' }
  | { view: 'pairings' }
  | { view: 'agents' }
  | { view: 'agent'; id: string }
  | { view: 'room'; id: string; message?: string }
  | { view: 'room-details'; id: string }
  | { view: 'thread'; room: string; id: string; message?: string }
  | { view: 'reply'; room: string; parent: string }
  | { view: 'dm'; id: string; message?: string }
  | { view: 'new-dm'; agent: string }
  | { view: 'unknown'; path: string }

const BASE = '/console'

/** The address of a place. */
export function pathOf(route: Route): string {
  switch (route.view) {
    case 'home':
      return `${BASE}/`
    case 'inbox':
    case 'events':
    case 'pairings':
    case 'agents':
      return `${BASE}/${route.view}`
    case 'agent':
      return join('agents', route.id)
    case 'room':
      return join('rooms', route.id) + messagePath(route.message)
    case 'room-details':
      return `${join('rooms', route.id)}/details`
    case 'thread':
      return `${join('rooms', route.room)}/threads/${encodeURIComponent(route.id)}${messagePath(route.message)}`
    case 'reply':
      return `${join('rooms', route.room)}/reply/${encodeURIComponent(route.parent)}`
    case 'dm':
      return join('direct', route.id) + messagePath(route.message)
    case 'new-dm':
      return `${join('agents', route.agent)}/write`
    case 'unknown':
      return route.path
  }
}

function join(kind: string, id: string): string {
  return `${BASE}/${kind}/${encodeURIComponent(id)}`
}

function messagePath(message: string | undefined): string {
  return message === undefined ? '' : `/messages/${encodeURIComponent(message)}`
}

/** The place that an address names. Addresses of nothing give `unknown`. */
export function routeOf(path: string): Route {
  const words = wordsOf(path)
  if (words === undefined) return { view: 'unknown', path }
  const [kind, id, part, partId, more, moreId, ...rest] = words
  if (kind === undefined || kind === '') return { view: 'home' }
  if (id === undefined) return viewNamed(kind) ?? { view: 'unknown', path }
  if (rest.length > 0 || id === '') return { view: 'unknown', path }
  if (kind === 'agents' && part === undefined) return { view: 'agent', id }
  if (kind === 'agents' && part === 'write' && partId === undefined) return { view: 'new-dm', agent: id }
  if (kind === 'direct') {
    if (part === undefined) return { view: 'dm', id }
    if (part === 'messages' && partId !== undefined) return { view: 'dm', id, message: partId }
  }
  if (kind !== 'rooms') return { view: 'unknown', path }
  if (part === undefined) return { view: 'room', id }
  if (part === 'details' && partId === undefined) return { view: 'room-details', id }
  if (partId === undefined) return { view: 'unknown', path }
  if (part === 'messages') return { view: 'room', id, message: partId }
  if (part === 'reply') return { view: 'reply', room: id, parent: partId }
  if (part !== 'threads') return { view: 'unknown', path }
  const message = more === 'messages' && moreId !== undefined ? { message: moreId } : {}
  return { view: 'thread', room: id, id: partId, ...message }
}

function viewNamed(name: string): Route | undefined {
  return name === 'inbox' || name === 'events' || name === 'pairings' || name === 'agents'
    ? { view: name }
    : undefined
}

/** The decoded parts of a path below `/console`; undefined when it lies elsewhere or cannot be decoded. */
function wordsOf(path: string): string[] | undefined {
  if (path !== BASE && !path.startsWith(`${BASE}/`)) return undefined
  try {
    return path
      .slice(BASE.length + 1)
      .replace(/\/$/, '')
      .split('/')
      .map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** Where a `molt://` id of this network is shown; undefined for what has no page. */
export function routeOfFqid(fqid: string, networkId: string): Route | undefined {
  const agent = parseAgentRef(fqid)
  if (fqid.startsWith('molt://') && agent !== undefined) {
    return agent.network === networkId ? { view: 'agent', id: agent.id } : undefined
  }
  const match = /^molt:\/\/([^/]+)\/(rooms|dms)\/([^/]+)$/.exec(fqid)
  const [, network, kind, id] = match ?? []
  if (network !== networkId || id === undefined) return undefined
  return kind === 'rooms' ? { view: 'room', id } : { view: 'dm', id }
}
