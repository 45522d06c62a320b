import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { AGENT_LISTS } from '../../src/store/sqlite/agents.ts'
import { CONVERSATION_LISTS } from '../../src/store/sqlite/conversations.ts'
import { DELIVERY_LISTS, HELD_COUNTS, LATEST_DELIVERIES } from '../../src/store/sqlite/deliveries.ts'
import { ARTIFACT_LISTS, HISTORY_LISTS } from '../../src/store/sqlite/messages.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { type KeysetSql, keysetSql } from '../../src/store/sqlite/paging.ts'
import { ROOM_LISTS } from '../../src/store/sqlite/rooms.ts'

const LISTS: Record<string, KeysetSql> = {}
for (const [family, lists] of Object.entries({
  room: ROOM_LISTS,
  history: HISTORY_LISTS,
  artifact: ARTIFACT_LISTS,
  conversation: CONVERSATION_LISTS,
  agent: AGENT_LISTS,
  delivery: DELIVERY_LISTS,
})) {
  for (const [name, list] of Object.entries(lists)) LISTS[`${family} ${name}`] = list
}

for (const [name, list] of Object.entries(LISTS)) {
  test(`the ${name} list is one index seek in both directions`, () => {
    const db = new Database(':memory:')
    migrate(db, { networkId: 'net', path: undefined })
    for (const direction of ['before', 'after'] as const) {
      const sql = keysetSql(list, direction)
      const marks = sql.split('?').length - 1
      const plan = db.query(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from({ length: marks }, () => 1))
      const details = (plan as { detail: string }[]).map((row) => row.detail)
      expect(details.length).toBeGreaterThan(0)
      for (const detail of details) expect(detail).toMatch(/^SEARCH /)
    }
    db.close()
  })
}

test('the newest lines of many agents are one seek each', () => {
  const db = new Database(':memory:')
  migrate(db, { networkId: 'net', path: undefined })
  const plan = db.query(`EXPLAIN QUERY PLAN ${LATEST_DELIVERIES}`).all('[]') as { detail: string }[]
  const lines = plan.map(({ detail }) => detail).filter((detail) => !detail.startsWith('SCAN asked'))
  expect(lines).toContain('SEARCH d USING INTEGER PRIMARY KEY (rowid=?)')
  expect(lines.join()).toContain('SEARCH deliveries USING COVERING INDEX')
  expect(lines.filter((detail) => detail.startsWith('SCAN'))).toEqual([])
  db.close()
})

test('what waits for an operator is counted by indexes alone', () => {
  const db = new Database(':memory:')
  migrate(db, { networkId: 'net', path: undefined })
  const plan = db.query(`EXPLAIN QUERY PLAN ${HELD_COUNTS}`).all() as { detail: string }[]
  const reads = plan.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH)/.test(detail))
  expect(reads).toContain('SCAN CONSTANT ROW')
  expect(reads.filter((detail) => detail.includes('COVERING INDEX'))).toHaveLength(2)
  expect(reads).toHaveLength(3)
  db.close()
})
