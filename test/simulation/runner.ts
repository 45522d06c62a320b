import { Database } from 'bun:sqlite'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/store.ts'
import type { Mutation } from './mutations.ts'
import { NETWORK } from './names.ts'
import { installPlatform } from './platform.ts'
import { type Outcome, simulate } from './simulation.ts'

/** The platform's own, before worlds replace it. */
const nextTurn = setImmediate

/** What a seed is run with. */
export interface RunOptions {
  readonly seed: number
  readonly mutation?: Mutation
  /** Takes a line for everything that happens. */
  readonly trace?: (line: string) => void
}

/** Runs worlds in this process, one after another. */
export interface Runner extends Disposable {
  run(options: RunOptions): Promise<Outcome>
}

/** Prepares this process: from now on its clocks, timers and sockets are those of a world while one runs. */
export async function openRunner(): Promise<Runner> {
  installPlatform()
  const file = {
    version: 'moltnet.v1',
    network: { id: NETWORK, name: 'Simulated' },
    storage: { kind: 'memory' },
  }
  const { config } = await parseServerConfig(JSON.stringify(file))
  // Memory where there is some: a world's disk outlives its processes, not ours.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'moltnet-simulation-'))
  const template = join(folder, 'template.db')
  await writeTemplate(template)
  let unhandled: unknown
  process.on('unhandledRejection', (error) => {
    unhandled = error
  })
  return {
    run: (options) =>
      new Promise((resolve, reject) => {
        // In a turn of the loop of its own a world has all promises to itself.
        nextTurn(() => {
          try {
            const disk = mkdtempSync(join(folder, 'world-'))
            copyFileSync(template, join(disk, 'moltnet-0.db'))
            const outcome = simulate({ ...options, config, folder: disk })
            rmSync(disk, { recursive: true, force: true })
            nextTurn(() => {
              if (unhandled === undefined) resolve(outcome)
              else
                reject(new Error(`seed ${options.seed}: a rejection was not handled`, { cause: unhandled }))
            })
          } catch (error) {
            reject(new Error(`seed ${options.seed} could not be simulated`, { cause: error }))
          }
        })
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** An empty database, the same for every run: the epoch of its log would be left to real chance. */
async function writeTemplate(path: string): Promise<void> {
  await openSqliteStore(path, { networkId: NETWORK, networkName: 'Simulated', aliases: [] }).close()
  const database = new Database(path, { readwrite: true })
  database.run("UPDATE meta SET value = '51a70000' WHERE key = 'epoch'")
  database.close()
}
