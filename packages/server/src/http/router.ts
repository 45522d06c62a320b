import { MoltnetError } from '@moltnet/protocol'
import type { Principal } from '../domain/principal.ts'
import type { Exchange } from './exchange.ts'

/** Methods of the route table. HEAD is GET without the body, and needs no entry. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** What a route answers; undefined when the request became a WebSocket. */
export type Answer = Response | undefined | Promise<Response | undefined>

/**
 * One route. `pattern` has `{name}` for one segment and may end in `*` for any rest; it is also the label
 * of metrics and logs. `caller` says when the credential is checked: before the handler, by the handler
 * itself (`late`), or never.
 */
export type Route = { readonly method: Method; readonly pattern: string } & (
  | { readonly caller: 'first'; handle(exchange: Exchange, principal: Principal): Answer }
  | { readonly caller: 'late'; handle(exchange: Exchange, authenticate: () => Promise<Principal>): Answer }
  | { readonly caller: 'none'; handle(exchange: Exchange): Answer }
)

/** A route for callers whose credential is checked first. */
export function route(
  method: Method,
  pattern: string,
  handle: (exchange: Exchange, principal: Principal) => Answer,
): Route {
  return { method, pattern, caller: 'first', handle }
}

/** What a path leads to. */
export interface Match {
  readonly pattern: string
  /** Undefined: the path exists, but not with this method. */
  readonly route: Route | undefined
  readonly allow: string
  /** Parameters as they stand in the path. */
  readonly params: readonly string[]
}

interface Node {
  readonly literals: Map<string, Node>
  param: Node | undefined
  rest: Leaf | undefined
  leaf: Leaf | undefined
}

interface Leaf {
  readonly pattern: string
  readonly methods: Map<string, Route>
  allow: string
}

/** Finds routes by method and path, in a time that does not depend on how many there are. */
export interface Router {
  /** Undefined: no such path. */
  match(method: string, path: string): Match | undefined
}

export function createRouter(routes: readonly Route[]): Router {
  const root = newNode()
  for (const one of routes) insert(root, one)
  // Most requests are for a path without parameters: no walk for those.
  const fixed = new Map<string, Leaf>()
  for (const { pattern } of routes) {
    const [candidate] = /[{*]/.test(pattern) ? [] : candidates(root, pattern)
    if (candidate !== undefined) fixed.set(pattern, candidate.leaf)
  }
  return {
    match(method, path) {
      const leaf = fixed.get(path)
      const route = leaf && routeOf(leaf, method)
      if (leaf !== undefined && route !== undefined) return matched({ leaf, params: [] }, route)
      const found = candidates(root, path)
      for (const candidate of found) {
        const other = routeOf(candidate.leaf, method)
        if (other !== undefined) return matched(candidate, other)
      }
      return found[0] && matched(found[0], undefined)
    },
  }
}

function matched({ leaf, params }: Candidate, route: Route | undefined): Match {
  return { pattern: leaf.pattern, route, allow: leaf.allow, params }
}

function routeOf(leaf: Leaf, method: string): Route | undefined {
  return leaf.methods.get(method) ?? (method === 'HEAD' ? leaf.methods.get('GET') : undefined)
}

function newNode(): Node {
  return { literals: new Map(), param: undefined, rest: undefined, leaf: undefined }
}

function insert(root: Node, route: Route): void {
  let node = root
  let leaf: Leaf | undefined
  for (const segment of route.pattern.slice(1).split('/')) {
    if (segment === '*') leaf = node.rest ??= newLeaf(route.pattern)
    else node = childOf(node, segment)
  }
  leaf ??= node.leaf ??= newLeaf(route.pattern)
  if (leaf.pattern !== route.pattern) throw new Error(`${route.pattern} is ${leaf.pattern} by another name`)
  leaf.methods.set(route.method, route)
  leaf.allow = [...leaf.methods.keys(), ...(leaf.methods.has('GET') ? ['HEAD'] : [])].sort().join(', ')
}

function newLeaf(pattern: string): Leaf {
  return { pattern, methods: new Map(), allow: '' }
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith('{')) {
    node.param ??= newNode()
    return node.param
  }
  let child = node.literals.get(segment)
  if (child === undefined) {
    child = newNode()
    node.literals.set(segment, child)
  }
  return child
}

interface Candidate {
  readonly leaf: Leaf
  readonly params: readonly string[]
}

/**
 * Every leaf that a path could mean, literal segments before parameters before a rest: an agent may be
 * called `register`, and `GET /v1/agents/register` is about it.
 */
function candidates(root: Node, path: string): Candidate[] {
  const found: Candidate[] = []
  const segments = path.slice(1).split('/')
  const walk = (node: Node, index: number, params: readonly string[]): void => {
    const segment = segments[index]
    if (segment === undefined) {
      if (node.leaf !== undefined) found.push({ leaf: node.leaf, params })
      return
    }
    const literal = node.literals.get(segment)
    if (literal !== undefined) walk(literal, index + 1, params)
    if (node.param !== undefined && segment !== '') walk(node.param, index + 1, [...params, segment])
    if (node.rest !== undefined) {
      found.push({ leaf: node.rest, params: [...params, segments.slice(index).join('/')] })
    }
  }
  walk(root, 0, [])
  return found
}

/** Decodes path parameters; a malformed escape is a bad request. */
export function decodeParams(params: readonly string[]): readonly string[] {
  try {
    return params.map((param) => (param.includes('%') ? decodeURIComponent(param) : param))
  } catch (cause) {
    throw new MoltnetError('bad_request', 'the path has a malformed percent escape', { cause })
  }
}
