/**
 * Who may import whom. This table is the only place where it stands; `check-imports.ts` enforces it.
 * Nothing here is derived: a new package or a new folder of the server starts with a line in this file.
 */
export interface PackageRule {
  /** Packages that its sources may import, without the `@moltnet/` scope. */
  imports: readonly string[]
  /** Packages that only some of its folders may import: folder below `src/` for each of them. */
  onlyFrom?: Readonly<Record<string, string>>
  /** True: web standards only, so that it runs in browsers, Node and Deno as well. */
  web?: boolean
}

export const PACKAGE_RULES: Readonly<Record<string, PackageRule>> = {
  protocol: { imports: [], web: true },
  failpoints: { imports: [] },
  client: { imports: ['protocol'], web: true },
  config: { imports: ['protocol'] },
  server: { imports: ['protocol', 'config', 'failpoints'], onlyFrom: { client: 'relay' } },
  node: { imports: ['protocol', 'config', 'failpoints', 'client'] },
  console: { imports: ['protocol', 'client'] },
  cli: { imports: ['protocol', 'config', 'client', 'server', 'node', 'console'] },
}

export interface LayerRule {
  /** Sibling folders that files of this folder may import. */
  imports: readonly string[]
  /** When set, the only packages that it may import: no other package, no `node:`, no `bun`. */
  onlyPackages?: readonly string[]
  /** True: data in, decision out; no clock, no chance, no I/O, no promises. */
  pure?: boolean
}

/**
 * Folders inside `packages/server/src`. Files directly in `src/` wire them together and may see all of them.
 * `observability` measures the others through the ports that they offer; none of them knows it. An attachment
 * begins as an HTTP request, so `attach` may use the edge that `http` has.
 */
export const SERVER_LAYERS: Readonly<Record<string, LayerRule>> = {
  domain: { imports: [], onlyPackages: ['@moltnet/protocol'], pure: true },
  store: { imports: ['domain'] },
  eventlog: { imports: ['domain', 'store'] },
  services: { imports: ['domain', 'store', 'eventlog'] },
  http: { imports: ['services', 'domain', 'store', 'eventlog'] },
  attach: { imports: ['http', 'services', 'domain', 'store', 'eventlog'] },
  relay: { imports: ['services', 'domain', 'store', 'eventlog'] },
  observability: { imports: ['attach', 'http', 'services', 'domain', 'store', 'eventlog'] },
}

/** What a pure file must not use, and how to say so. */
export const IMPURE: readonly { pattern: RegExp; name: string }[] = [
  { pattern: /\bDate\.now\b/, name: 'Date.now' },
  { pattern: /\bnew Date\(\s*\)/, name: 'new Date()' },
  { pattern: /\bperformance\.now\b/, name: 'performance.now' },
  { pattern: /\bMath\.random\b/, name: 'Math.random' },
  { pattern: /\bcrypto\.\w/, name: 'crypto' },
  { pattern: /\bset(?:Timeout|Interval|Immediate)\b/, name: 'a timer' },
  { pattern: /\bfetch\(/, name: 'fetch' },
  { pattern: /\b(?:Bun|process)\.\w/, name: 'the platform (Bun or process)' },
  { pattern: /\bPromise\b|\basync\b|\bawait\b/, name: 'a promise' },
]
