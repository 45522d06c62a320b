import { BENCH_NETWORK } from './bodies.ts'

/** Parameters of a load; each load reads what it needs. */
export interface LoadParameters {
  hostname: string
  port: number
  /** Id of the server's network. */
  network: string
  clients: number
  attachments: number
  seconds: number
  warmupSeconds: number
  /** Length of each message's text. */
  textBytes: number
  /** Rooms that are posted to in turn. */
  rooms: number
  ratePerSecond: number
  path: string
  paths: string[]
  /** Tokens by what they are. */
  tokens: Record<string, string>
}

/** What a load gets that its caller did not set. */
export const DEFAULTS: LoadParameters = {
  hostname: '127.0.0.1',
  port: 0,
  network: BENCH_NETWORK,
  clients: 1,
  attachments: 0,
  seconds: 1,
  warmupSeconds: 0,
  textBytes: 120,
  rooms: 1,
  ratePerSecond: 0,
  path: '/',
  paths: [],
  tokens: {},
}
