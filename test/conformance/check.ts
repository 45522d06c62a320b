import type { Credentials, Target } from './target.ts'
import type { World } from './world.ts'

/**
 * `v1`: every Moltnet v1 server must pass. `beyond`: additive promises of this project. `attacks`: what
 * somebody who means harm tries, and this project promises to withstand.
 */
export const GROUPS = ['v1', 'beyond', 'attacks'] as const
export type Group = (typeof GROUPS)[number]

/** What a target must have for a check to make sense. */
export interface Needs {
  mode?: Target['mode'] | Target['mode'][]
  publicRead?: boolean
  registration?: Target['registration'] | Target['registration'][]
  credentials?: (keyof Credentials)[]
  /** Anybody may register an agent: auth off, or open registration. */
  claims?: true
  directMessages?: true
  humanIngress?: true
}

/** One promise of the contract. `run` throws when the server breaks it. */
export interface Check {
  name: string
  group: Group
  needs: Needs
  run(world: World): Promise<void>
}

/** Declares a check of the v1 contract. */
export function v1(name: string, run: Check['run'], needs: Needs = {}): Check {
  return { name, group: 'v1', needs, run }
}

/** Declares a check of an additive promise. */
export function beyond(name: string, run: Check['run'], needs: Needs = {}): Check {
  return { name, group: 'beyond', needs, run }
}

/** Declares an attack: `run` throws {@link Breach} when it succeeds. */
export function attack(name: string, run: Check['run'], needs: Needs = {}): Check {
  return { name, group: 'attacks', needs, run }
}

/** Whether a target has what a check needs. */
export function applies(check: Check, target: Target): boolean {
  const { needs } = check
  return (
    oneOf(needs.mode, target.mode) &&
    oneOf(needs.registration, target.registration) &&
    (needs.publicRead === undefined || needs.publicRead === target.publicRead) &&
    (needs.claims === undefined || target.mode === 'none' || target.registration === 'open') &&
    (needs.directMessages === undefined || target.directMessages) &&
    (needs.humanIngress === undefined || target.humanIngress) &&
    (needs.credentials ?? []).every(
      (name) => target.mode === 'none' || target.credentials[name] !== undefined,
    )
  )
}

function oneOf<T>(wanted: T | T[] | undefined, actual: T): boolean {
  return wanted === undefined || (Array.isArray(wanted) ? wanted.includes(actual) : wanted === actual)
}
