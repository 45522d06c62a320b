import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { PreflightError } from '../src/index.ts'
import { FakeServer } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'

async function faultsOf(starting: Promise<unknown>): Promise<readonly string[]> {
  const error = await starting.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PreflightError)
  return (error as PreflightError).faults
}

describe('before anything is woken', () => {
  test('all problems are reported together, and nothing attaches', async () => {
    await using harness = new Harness({
      networkId: 'other',
      network: { capabilities: { direct_messages: false } },
    })
    const attachments = [
      harness.agent('true', { dms: { enabled: true } }),
      { ...harness.agent('true'), agent: { id: 'beta' } },
      { ...harness.agent('true'), agent: { id: 'gamma' }, moltnet: { token_env: 'GAMMA_TOKEN' } },
    ]
    const faults = await faultsOf(harness.start({ moltnet: { network_id: 'local' }, attachments }))
    expect(faults).toEqual([
      expect.stringContaining('GAMMA_TOKEN'),
      `${harness.server.url} is network "other", but alpha, beta wants "local"`,
      `${harness.server.url} has direct messages switched off, but alpha wants them`,
    ])
    expect(harness.server.sockets).toHaveLength(0)
  })

  test('a network is asked once per server and token', async () => {
    await using harness = new Harness()
    const named = (id: string, moltnet: object = {}) => ({ ...harness.agent('true'), agent: { id }, moltnet })
    harness.env.TOKEN_A = 'a'
    const attachments = [
      named('one'),
      named('two'),
      named('three', { token_env: 'TOKEN_A' }),
      named('four', { token_env: 'TOKEN_A' }),
    ]
    await harness.start({ attachments })
    expect(harness.server.networkReads).toHaveLength(2)
    expect(new Set(harness.server.networkReads)).toEqual(new Set(['Bearer a', null]))
  })

  test('a server that lacks a protocol is refused', async () => {
    await using harness = new Harness({ network: { protocols: { http: ['moltnet.http.v2'], attach: [] } } })
    const faults = await faultsOf(harness.start({ attachments: [harness.agent('true')] }))
    expect(faults).toEqual([`${harness.server.url} does not offer moltnet.http.v1 and moltnet.attach.v1`])
  })

  test('an old server that reports no protocols passes by its capabilities', async () => {
    const capabilities = { message_pagination: 'cursor', attachment_protocol: 'websocket' }
    await using harness = new Harness({ network: { protocols: undefined, capabilities } })
    await harness.attach(harness.agent('true'))
    harness.server.options.network = { protocols: undefined, capabilities: {} }
    await faultsOf(harness.start({ attachments: [harness.agent('true')] }))
  })

  test('a refused token is a problem', async () => {
    await using harness = new Harness({ token: 'right' })
    harness.env.WRONG = 'wrong'
    const attachment = harness.agent('true', { moltnet: { token_env: 'WRONG' } })
    const faults = await faultsOf(harness.start({ attachments: [attachment] }))
    expect(faults).toEqual([expect.stringContaining('the token was refused')])
  })

  test('a server that answers 503 is waited for', async () => {
    await using harness = new Harness({ networkStatus: 503 })
    const node = await harness.start({ attachments: [harness.agent('true')] })
    expect(node.states()[0]?.status).toMatchObject({
      kind: 'backing_off',
      reason: expect.stringContaining('503'),
    })
    harness.server.options.networkStatus = 200
    await reaches(node, 'connected')
  })

  test('a server that is not there yet is waited for', async () => {
    await using harness = new Harness()
    const { port } = harness.server
    harness.server[Symbol.dispose]()
    const node = await harness.start({ attachments: [harness.agent('true')] })
    expect(node.states()[0]?.status.kind).toBe('backing_off')
    using later = new FakeServer({ port })
    await later.attached()
  })

  test('a server that was waited for and is the wrong one ends the node', async () => {
    await using harness = new Harness({ networkId: 'other', networkStatus: 500 })
    const attachments = [harness.agent('true')]
    const node = await harness.start({ moltnet: { network_id: 'local' }, attachments })
    harness.server.options.networkStatus = 200
    expect(await faultsOf(node.wait())).toEqual([expect.stringContaining('is network "other"')])
  })

  test('a problem that is known is reported although another server is away', async () => {
    await using harness = new Harness({ networkStatus: 503 })
    const attachments = [
      harness.agent('true'),
      { ...harness.agent('true'), agent: { id: 'beta' }, moltnet: { token_env: 'BETA_TOKEN' } },
    ]
    expect(await faultsOf(harness.start({ attachments }))).toHaveLength(1)
  })

  test('a state folder that cannot be written is a problem', async () => {
    await using harness = new Harness()
    writeFileSync(harness.folder.join('state'), 'a file')
    const faults = await faultsOf(harness.start({ attachments: [harness.agent('true')] }))
    expect(faults).toEqual([expect.stringContaining(`${harness.folder.join('state')} cannot be written`)])
    expect(harness.server.sockets).toHaveLength(0)
  })

  test('waiting can be stopped', async () => {
    await using harness = new Harness({ networkStatus: 503 })
    const stop = new AbortController()
    const node = await harness.start({ attachments: [harness.agent('true')] }, { signal: stop.signal })
    stop.abort()
    await node.wait()
    expect(harness.server.sockets).toHaveLength(0)
  })
})

test('a node without attachments idles until it is stopped', async () => {
  await using harness = new Harness()
  const node = await harness.start({})
  let ended = false
  const waiting = node.wait().then(() => (ended = true))
  expect(harness.server.networkReads).toEqual([])
  await reaches(await harness.start({ attachments: [harness.agent('true')] }), 'connected')
  expect(ended).toBe(false)
  await node.stop()
  await waiting
})
