import type { z } from 'zod'
import type { Report } from '../core/report.ts'
import { firstPlaces } from '../core/report.ts'
import type { FileKind, Salvaged } from '../core/validate.ts'
import type { Environment } from '../environment.ts'
import { variable } from '../environment.ts'
import { chainRule, GUARD_DEFAULTS } from '../schema/guards.ts'
import { ServerFile } from './file.ts'
import { isLoopbackHost, LISTEN_DEFAULT, parseListenAddress } from './listen.ts'
import { tokenId, tokenValue } from './tokens.ts'

type File = Salvaged<z.input<typeof ServerFile>>

/** What the server's rules look at besides the file. */
export interface ServerContext {
  env: Environment
  /** Now, Unix time in milliseconds. */
  nowMs: number
}

/** The file `Moltnet`: its shape and the rules between its keys. */
export const serverKind: FileKind<typeof ServerFile, ServerContext> = {
  schema: ServerFile,
  rules(file, report, context) {
    listenRules(file, report)
    analyticsRules(file, report)
    authRules(file, report)
    tokenRules(file, report, context)
    storageRules(file, report)
    guardRules(file, report)
    report.at('rooms').duplicates(file.rooms, 'id')
    report.at('pairings').duplicates(file.pairings, 'id')
    featureUses(file, report)
  },
}

function listenRules(file: File, report: Report): void {
  const text = file.server?.listen_addr ?? LISTEN_DEFAULT
  const address = parseListenAddress(text)
  const path = ['server', 'listen_addr']
  if (typeof address === 'string') return report.fault(path, address)
  const mode = file.auth?.mode ?? 'none'
  if (mode !== 'none' || file.server?.allow_insecure === true) return
  if (report.isMisshapen('auth', 'mode') || report.isMisshapen('server', 'allow_insecure')) return
  if (address.host !== null && !isLoopbackHost(address.host)) {
    report.fault(
      path,
      `others can reach the host ${address.host}, and auth.mode none checks nobody: set auth.mode to bearer or open, or server.allow_insecure to true`,
    )
  }
}

function analyticsRules(file: File, report: Report): void {
  const analytics = file.server?.console?.analytics ?? {}
  const place = report.at('server', 'console', 'analytics')
  for (const [key, other] of [
    ['provider', 'measurement_id'],
    ['measurement_id', 'provider'],
  ] as const) {
    const alone = analytics[key] !== undefined && analytics[other] === undefined && !place.isMisshapen(other)
    if (alone) place.fault([key], `needs ${other} as well`, 'key')
  }
}

function authRules(file: File, report: Report): void {
  const tokens = file.auth?.tokens ?? []
  const mode = file.auth?.mode ?? 'none'
  if (mode === 'bearer' && tokens.length === 0 && !report.isMisshapen('auth', 'tokens')) {
    report.fault(['auth', 'mode'], 'bearer needs at least one token in auth.tokens')
  }
  if (mode === 'none' && tokens.length > 0) {
    report.warn(['auth', 'tokens'], 'no token is looked at because auth.mode is none')
  }
}

function tokenRules(file: File, report: Report, context: ServerContext): void {
  const firstValue = firstPlaces()
  const firstId = firstPlaces()
  for (const [index, token] of (file.auth?.tokens ?? []).entries()) {
    if (token === undefined) continue
    const place = report.at('auth', 'tokens', index)
    const value = tokenValue(token, context.env)
    const source = token.value === undefined ? 'value_env' : 'value'
    valueRules(token, place, context.env)
    lifetimeRules(token, place, context.nowMs)
    const sameValue = value && firstValue(value, place.place)
    if (sameValue) {
      place.fault([source], `is the same token as ${sameValue}`)
      continue
    }
    const id = token.id ?? (value && tokenId(value))
    const sameId = id && firstId(id, place.place)
    if (sameId) place.fault([token.id === undefined ? source : 'id'], `${id} is the id of ${sameId} already`)
  }
}

type Token = NonNullable<NonNullable<NonNullable<File['auth']>['tokens']>[number]>

function valueRules(token: Token, report: Report, env: Environment): void {
  const { value, value_env: name } = token
  if (value === undefined && name === undefined && !report.isMisshapen('value_env')) {
    report.fault(['value'], 'is required (or value_env)')
  }
  if (value !== undefined && name !== undefined)
    report.fault(['value_env'], 'must not stand beside value', 'key')
  if (value !== undefined || name === undefined || tokenValue(token, env) !== undefined) return
  if (variable(env, name) !== undefined) {
    report.fault(
      ['value_env'],
      `the variable ${name} holds no token: there are spaces or special characters in it`,
    )
  } else
    report.fault(['value_env'], `the variable ${name} is ${env[name] === undefined ? 'not set' : 'empty'}`)
}

function lifetimeRules(token: Token, report: Report, nowMs: number): void {
  if (token.network !== undefined && token.scopes !== undefined && !token.scopes.includes('pair')) {
    report.fault(['network'], 'is only used with the scope pair', 'key')
  }
  if (token.expires_at !== undefined && Date.parse(token.expires_at) <= nowMs) {
    report.warn(['expires_at'], 'the token has expired and is refused')
  }
}

function storageRules(file: File, report: Report): void {
  const { storage } = file
  if (storage?.kind === 'json' && storage.json?.path === undefined) {
    report.fault(['storage', 'json', 'path'], 'is required for storage.kind json')
  }
  if (storage?.kind === 'postgres' && storage.postgres?.dsn === undefined) {
    report.fault(['storage', 'postgres', 'dsn'], 'is required for storage.kind postgres')
  }
  if (storage?.kind !== undefined && file.server?.data_path !== undefined) {
    report.warn(['server', 'data_path'], 'is not used because storage.kind is set')
  }
}

function guardRules(file: File, report: Report): void {
  const defaults = { chain_soft: GUARD_DEFAULTS.chainSoft, chain_hard: GUARD_DEFAULTS.chainHard }
  if (file.guards) chainRule(file.guards, report.at('guards'), defaults)
  for (const [index, room] of (file.rooms ?? []).entries()) {
    const general = { ...defaults, ...file.guards }
    if (room?.guards) chainRule(room.guards, report.at('rooms', index, 'guards'), general)
  }
}

function featureUses(file: File, report: Report): void {
  const { auth, server, storage } = file
  if (auth?.mode === 'open') report.uses('auth_open', ['auth', 'mode'])
  if (auth?.public_read === true) report.uses('public_read', ['auth', 'public_read'])
  if (auth?.agent_registration !== undefined)
    report.uses('agent_registration', ['auth', 'agent_registration'])
  if (server?.trusted_proxies?.length) report.uses('trusted_proxies', ['server', 'trusted_proxies'])
  if (server?.limits !== undefined) report.uses('server_limits', ['server', 'limits'])
  if (server?.console?.analytics?.provider)
    report.uses('console_analytics', ['server', 'console', 'analytics'])
  if (storage?.kind === 'json') report.uses('storage_json', ['storage', 'kind'])
  if (storage?.kind === 'postgres') report.uses('storage_postgres', ['storage', 'kind'])
  if (storage?.kind === undefined && server?.data_path) report.uses('storage_json', ['server', 'data_path'])
  if (file.rooms?.length) report.uses('apply_at_start', ['rooms'])
  if (file.pairings?.length) report.uses('pairings', ['pairings'])
  if (file.guards !== undefined) report.uses('guards', ['guards'])
  for (const [index, room] of (file.rooms ?? []).entries()) {
    if (room?.guards) report.uses('guards', ['rooms', index, 'guards'])
  }
}
