import type { ServerConfig } from '@moltnet/config'
import { shellWord } from '@moltnet/config'
import { inspectSqlite } from '@moltnet/server'
import type { SqliteFacts, SqliteFileFacts } from '@moltnet/server'
import { about } from './finding.ts'
import type { Finding } from './finding.ts'

/** Less free space than this is worth a word, or is too little to go on; in bytes. */
const LITTLE_SPACE = 1_073_741_824
const NO_SPACE = 104_857_600

/** A write-ahead log over this size is not being cut back; in bytes: twice what the server cuts it to. */
const BIG_WAL = 134_217_728

/** How far the newest message may be in the future before the clock must have been set back, in milliseconds. */
const FUTURE_MS = 60_000

/** What can be said about the server's data from outside. */
export function storageFindings({ storage, network }: ServerConfig, now: number): Finding[] {
  switch (storage.kind) {
    case 'memory':
      return [
        about('storage', 'memory').info('messages are kept in memory: they are gone when the server stops'),
      ]
    case 'sqlite':
      return sqliteFindings(storage.path, network.id, now)
    case 'json':
      return [about('storage', storage.path).info('a JSON file is not looked into')]
    case 'postgres':
      return [
        about('storage', 'postgres').info('the database is not asked; the server checks it when it starts'),
      ]
  }
}

function sqliteFindings(path: string, networkId: string, now: number): Finding[] {
  const facts = inspectSqlite(path)
  const findings = placeFindings(path, facts)
  if (facts.file === undefined) {
    return [
      ...findings,
      about('storage', path).ok('does not exist yet; the first start of the server makes it'),
    ]
  }
  return [
    ...findings,
    ...fileFindings(path, facts.file),
    ...contentFindings(path, facts.file, { networkId, now }),
  ]
}

function placeFindings(path: string, { freeBytes, writable }: SqliteFacts): Finding[] {
  const findings: Finding[] = []
  if (!writable) {
    findings.push(
      about('storage', path).error(
        'this user may not write it',
        'run the server as its owner, or set storage.sqlite.path',
      ),
    )
  }
  if (freeBytes < LITTLE_SPACE) {
    const severity = freeBytes < NO_SPACE ? 'error' : 'warning'
    findings.push(
      about('storage', path).found(
        severity,
        `its disk has only ${megabytes(freeBytes)} MB left`,
        'make room on this disk',
      ),
    )
  }
  return findings
}

function fileFindings(path: string, file: SqliteFileFacts): Finding[] {
  const findings: Finding[] = []
  const { heldBy, walBytes, mode } = file
  const size = `${megabytes(file.bytes)} MB`
  const pid = heldBy?.pid === undefined ? '' : ` (process ${heldBy.pid})`
  findings.push(
    about('storage', path).ok(heldBy ? `${size}, open in a server${pid}` : `${size}, not open in a server`),
  )
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    const fix = `chmod 600 ${shellWord(path)}`
    findings.push(about('secrets', path).warning('other users may read all messages', fix))
  }
  if (walBytes > BIG_WAL) {
    findings.push(
      about('storage', `${path}-wal`).warning(
        `the write-ahead log has ${megabytes(walBytes)} MB: something reads the database for long, and it cannot be cut back`,
        'end other programs that have the database open, or restart the server',
      ),
    )
  }
  return findings
}

function contentFindings(
  path: string,
  file: SqliteFileFacts,
  expected: { networkId: string; now: number },
): Finding[] {
  const storage = about('storage', path)
  if (file.unreadable !== undefined) {
    return [storage.error(`its content: ${file.unreadable}`, 'restore a backup, or set storage.sqlite.path')]
  }
  return [
    damageFinding(path, file),
    ...schemaFindings(path, file),
    ...ownerFindings(path, file, expected.networkId),
    ...futureFindings(path, file, expected.now),
  ]
}

function damageFinding(path: string, { integrity }: SqliteFileFacts): Finding {
  const storage = about('storage', path)
  switch (integrity.state) {
    case 'ok':
      return storage.ok('a quick check found no damage')
    case 'skipped':
      return storage.info(`not checked for damage: ${integrity.why}`)
    case 'damaged':
      return storage.error(
        `it is damaged: ${integrity.error}`,
        'stop the server, keep a copy of the file, and restore a backup',
      )
  }
}

function schemaFindings(path: string, { schema, integrity }: SqliteFileFacts): Finding[] {
  const storage = about('storage', path)
  if (schema === undefined) {
    if (integrity.state !== 'ok') return []
    return [storage.error('is the database of another program', 'set storage.sqlite.path')]
  }
  const { version, newest } = schema
  if (version > newest) {
    return [
      storage.error(
        `was written by a newer Moltnet (schema ${version}, this program knows ${newest})`,
        'update this program, or restore the backup made before the update',
      ),
    ]
  }
  if (version === newest) return []
  return [storage.info(`has schema ${version}; the next start backs it up and brings it to ${newest}`)]
}

function ownerFindings(path: string, { networkId }: SqliteFileFacts, expected: string): Finding[] {
  if (networkId === undefined || networkId === expected) return []
  return [
    about('storage', path).error(
      `belongs to network ${networkId}, but network.id is ${expected}`,
      `set network.id to ${networkId}, or use another storage.sqlite.path`,
    ),
  ]
}

function futureFindings(path: string, { newestMessageAt }: SqliteFileFacts, now: number): Finding[] {
  if (newestMessageAt === undefined || Date.parse(newestMessageAt) <= now + FUTURE_MS) return []
  return [
    about('clock', path).warning(
      `its newest message was stored at ${newestMessageAt}, which is in the future: the clock of this machine was set back, or is wrong now`,
      'set the clock by NTP: timedatectl set-ntp true',
    ),
  ]
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1)
}
