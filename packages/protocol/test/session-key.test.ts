import { describe, expect, test } from 'bun:test'
import { chatId, contextId, sessionKey, sessionUuid, Target, uuidV5 } from '../src/index.ts'
import { dmTarget, roomTarget, threadTarget } from './fixtures.ts'

describe('a session', () => {
  const room = Target.parse(roomTarget)

  test.each([
    [roomTarget, 'net_a:room:general'],
    [threadTarget, 'net_a:thread:topic'],
    [dmTarget, 'net_a:dm:dm_1'],
  ])('of %j is that of one conversation', (target, chat) => {
    const conversation = Target.parse(target)
    expect(chatId('net_a', conversation)).toBe(chat)
    expect(contextId('net_a', conversation)).toBe(`moltnet:${chat}`)
    expect(sessionKey({ networkId: 'net_a', agentId: 'alpha', conversation })).toBe(`agent:alpha:${chat}`)
  })

  test('may have a prefix of its own', () => {
    const options = { networkId: 'net1', agentId: 'alpha', conversation: room }
    expect(sessionKey({ ...options, sessionPrefix: 'agent:main:moltnet' })).toBe(
      'agent:main:moltnet:net1:room:general',
    )
    expect(sessionKey({ ...options, sessionPrefix: '' })).toBe('agent:alpha:net1:room:general')
  })

  test('takes a conversation reference as well as a target', () => {
    expect(contextId('net_a', { kind: 'dm', id: 'x' })).toBe('moltnet:net_a:dm:x')
  })

  test('has a UUID of its own, always the same', async () => {
    const ofAlpha = await sessionUuid('agent:alpha:net_a:room:general')
    expect(ofAlpha).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(await sessionUuid('agent:alpha:net_a:room:general')).toBe(ofAlpha)
    expect(await sessionUuid('agent:beta:net_a:room:general')).not.toBe(ofAlpha)
  })
})

describe('a version 5 UUID', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

  test.each([
    [dns, 'www.example.com', '2ed6657d-e927-568b-95e1-2665a8aea6a2'],
    [dns, 'python.org', '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
    ['6BA7B811-9DAD-11D1-80B4-00C04FD430C8', 'http://python.org/', '4c565f0d-3f5a-5890-b41b-20cf47701c5e'],
  ])('in %s of %s is %s', async (namespace, name, uuid) => {
    expect(await uuidV5(namespace, name)).toBe(uuid)
  })

  test('needs a UUID as namespace', async () => {
    for (const bad of ['', 'dns', `${dns}0`, dns.replace('6', 'g')]) {
      expect(await uuidV5(bad, 'x').catch((error: unknown) => error)).toBeInstanceOf(RangeError)
    }
  })
})
