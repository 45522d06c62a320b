import { describe, expect, test } from 'bun:test'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Message } from '@moltnet/protocol'
import { CompletedMessages } from '../src/attachment/completed.ts'
import { tempFolder } from './support/temp.ts'

function message(id: string, created = '2026-04-01T09:00:00.000000001Z'): Message {
  return { id, created_at: created } as Message
}

describe('the journal of finished messages', () => {
  test('remembers over a restart', () => {
    using folder = tempFolder()
    const path = folder.join('completed.log')
    const first = CompletedMessages.open(path)
    first.add([message('m1'), message('m2')])
    const second = CompletedMessages.open(path)
    expect(second.has(message('m1'))).toBe(true)
    expect(second.has(message('m3'))).toBe(false)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('takes the same id with another time for another message', () => {
    using folder = tempFolder()
    const completed = CompletedMessages.open(folder.join('completed.log'))
    completed.add([message('m1')])
    expect(completed.has(message('m1', '2026-05-01T09:00:00.000000001Z'))).toBe(false)
  })

  test('forgets the oldest and never grows over twice its bound', () => {
    using folder = tempFolder()
    const path = folder.join('completed.log')
    const completed = CompletedMessages.open(path, 10)
    for (let n = 1; n <= 1000; n++) {
      completed.add([message(`m${n}`)])
      expect(readFileSync(path, 'utf8').split('\n').length - 1).toBeLessThanOrEqual(20)
    }
    expect(completed.has(message('m990'))).toBe(false)
    expect(completed.has(message('m991'))).toBe(true)
    const reopened = CompletedMessages.open(path, 10)
    expect(reopened.has(message('m990'))).toBe(false)
    expect(reopened.has(message('m1000'))).toBe(true)
  })

  test('forgets a torn last line and nothing else', () => {
    using folder = tempFolder()
    const path = folder.join('completed.log')
    CompletedMessages.open(path).add([message('m1'), message('m2')])
    const whole = readFileSync(path, 'utf8')
    for (let cut = 1; cut < whole.length; cut++) {
      writeFileSync(path, whole.slice(0, -cut))
      const completed = CompletedMessages.open(path)
      completed.add([message('m3')])
      const again = CompletedMessages.open(path)
      expect(again.has(message('m1'))).toBe(whole.slice(0, -cut).split('\n').length > 1)
      expect(again.has(message('m2'))).toBe(false)
      expect(again.has(message('m3'))).toBe(true)
    }
  })

  test('survives bytes that no text has', () => {
    using folder = tempFolder()
    const path = folder.join('completed.log')
    CompletedMessages.open(path).add([message('m1')])
    appendFileSync(path, new Uint8Array([0xff, 0x00, 0xfe]))
    expect(CompletedMessages.open(path).has(message('m1'))).toBe(true)
  })

  test('of a huge size is read from its end only', () => {
    using folder = tempFolder()
    const path = folder.join('completed.log')
    writeFileSync(path, `${'x'.repeat(6_000_000)}\n`)
    CompletedMessages.open(path).add([message('m1')])
    expect(CompletedMessages.open(path).has(message('m1'))).toBe(true)
    expect(statSync(path).size).toBeLessThan(100)
  })
})
