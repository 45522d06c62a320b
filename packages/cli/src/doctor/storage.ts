import type { ServerConfig } from '@moltnet/config'
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
    findings.push({
      ...of(path, 'warning', 'other users may read all messages', `chmod 600 ${path}`),
      area: 'secrets',
    })
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
  { schema, networkId, newestMessageAt, integrity, unreadable }: SqliteFileFacts,
  expected: { networkId: string; now: number },
): Finding[] {
  if (unreadable !== undefined) {
    return [
      about('storage', path).error(
        `its content: ${unreadable}`,
        'restore a backup, or set storage.sqlite.path',
      ),
    ]
  }
  const findings: Finding[] = []
  if (integrity.state === 'damaged') {
    const message = `it is damaged: ${integrity.error}`
    findings.push(
      about('storage', path).error(message, 'stop the server, keep a copy of the file, and restore a backup'),
    )
  } else if (integrity.state === 'skipped') {
    findings.push(about('storage', path).info(`not checked for damage: ${integrity.why}`))
  } else findings.push(about('storage', path).ok('a quick check found no damage'))
  if (schema !== undefined && schema.version > schema.newest) {
    findings.push(
      about('storage', path).error(
        `was written by a newer Moltnet (schema ${schema.version}, this program knows ${schema.newest})`,
        'update this program, or restore the backup made before the update',
      ),
    )
  } else if (schema !== undefined && schema.version < schema.newest) {
    const message = `has schema ${schema.version}; the next start backs it up and brings it to ${schema.newest}`
    findings.push(about('storage', path).info(message))
  } else if (schema === undefined && integrity.state === 'ok') {
    findings.push(
      about('storage', path).error('is the database of another program', 'set storage.sqlite.path'),
    )
  }
  if (networkId !== undefined && networkId !== expected.networkId) {
    findings.push(
      about('storage', path).error(
        `belongs to network ${networkId}, but network.id is ${expected.networkId}`,
        `set network.id to ${networkId}, or use another storage.sqlite.path`,
      ),
    )
  }
  const newest = newestMessageAt === undefined ? undefined : Date.parse(newestMessageAt)
  if (newest !== undefined && newest > expected.now + FUTURE_MS) {
    findings.push({
      ...of(
        path,
        'warning',
        `its newest message was stored at ${newestMessageAt}, which is in the future: the clock of this machine was set back, or is wrong now`,
        'set the clock by NTP: timedatectl set-ntp true',
      ),
      area: 'clock',
    })
  }
  return findings
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1)
}
