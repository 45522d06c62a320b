import { describe, expect, test } from 'bun:test'
import { Chains } from '../../src/eventlog/chains.ts'

const ROOM = 'room:general'
const fresh = () => new Chains(() => 1_000)

describe('a chain', () => {
  test('counts each message once, in whatever order agents meet them', () => {
    const chains = fresh()
    expect([3, 5, 4, 5, 3, 6].map((position) => chains.count(ROOM, position))).toEqual([1, 2, 3, 2, 1, 4])
    expect(chains.count('dm:other', 7)).toBe(1)
  })

  test('begins anew when a human speaks; what lies before is in it no more', () => {
    const chains = fresh()
    chains.count(ROOM, 3)
    chains.restart(ROOM, 10)
    expect(chains.count(ROOM, 9)).toBeUndefined()
    expect(chains.count(ROOM, 11)).toBe(1)
    expect(chains.since(ROOM)).toBe(10)
  })

  test('is as long as what an operator let go', () => {
    const chains = fresh()
    for (const position of [1, 2, 3, 4]) chains.count(ROOM, position)
    chains.letGo(ROOM, 2)
    expect(chains.count(ROOM, 3)).toBeUndefined()
    expect(chains.count(ROOM, 5)).toBe(3)
  })

  test('goes on from what the store knows, and does not count that again', () => {
    const chains = fresh()
    chains.load([{ conversation: ROOM, length: 7, counted: 40, since: 20, changedAt: 5 }])
    expect(chains.count(ROOM, 40)).toBeUndefined()
    expect(chains.count(ROOM, 41)).toBe(8)
  })

  test('of a flood keeps the newest numbers alone', () => {
    const chains = fresh()
    for (let position = 1; position <= 10_000; position++) chains.count(ROOM, position)
    expect(chains.count(ROOM, 1)).toBeUndefined()
    expect(chains.count(ROOM, 9_999)).toBe(9_999)
    expect(chains.length(ROOM)).toBe(10_000)
  })
})

describe('what is saved', () => {
  test('is what changed since the last time, and again what could not be written', () => {
    const chains = fresh()
    chains.count(ROOM, 3)
    const changes = chains.takeChanges()
    expect(changes).toEqual([{ conversation: ROOM, length: 1, counted: 3, since: 0, changedAt: 1_000 }])
    expect(chains.takeChanges()).toEqual([])
    chains.notSaved(changes)
    expect(chains.takeChanges()).toEqual(changes)
  })

  test('a human in a conversation without a chain is nothing to save', () => {
    const chains = fresh()
    chains.restart(ROOM, 3)
    expect(chains.takeChanges()).toEqual([])
  })

  test('old chains are forgotten', () => {
    const chains = fresh()
    chains.load([{ conversation: ROOM, length: 7, counted: 40, since: 20, changedAt: 5 }])
    chains.forget(6)
    expect(chains.length(ROOM)).toBe(0)
  })
})
