import { loadNodeConfig } from '@moltnet/config/node'
import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE_RUNTIMES, nodeFileText, type NodeFile } from '../src/index.ts'

/** What the node makes of a text. */
async function loaded(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-node-file-'))
  try {
    const path = join(folder, 'MoltnetNode')
    await writeFile(path, text, { mode: 0o600 })
    return (await loadNodeConfig({ path, cwd: folder, env: { MOLTNET_TOKEN: 'a-token' } })).config
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const FILE: Omit<NodeFile, 'runtime' | 'mode'> = {
  baseUrl: 'https://net.example:8443/moltnet',
  networkId: 'local',
  agentId: 'reviewer',
  rooms: [{ id: 'general', wake: 'mentions' }],
  directMessages: true,
}

describe.each(['none', 'bearer', 'open'] as const)('on a network with auth %s', (mode) => {
  test.each(
    NODE_RUNTIMES.map((runtime) => [runtime.kind, runtime] as const),
  )('%s validates', async (kind, runtime) => {
    const { attachments } = await loaded(nodeFileText({ ...FILE, mode, runtime }))
    expect(attachments).toHaveLength(1)
    expect(attachments[0]).toMatchObject({
      agent: { id: 'reviewer' },
      runtime: { kind },
      rooms: [{ id: 'general', wake: 'mentions' }],
    })
  })
})

test('ids that YAML would take for something else stay ids', async () => {
  const runtime = NODE_RUNTIMES.find(({ kind }) => kind === 'openclaw')
  if (runtime === undefined) throw new Error('there is no openclaw')
  const rooms = ['no', '1e3', '2024-01-01', 'net_b:general', 'null', 'a.b'].map((id) => ({
    id,
    wake: 'never' as const,
  }))
  const text = nodeFileText({ ...FILE, mode: 'none', runtime, rooms, agentId: 'true', networkId: '7' })
  const { attachments } = await loaded(text)
  expect(attachments[0]).toMatchObject({ agent: { id: 'true' }, rooms })
})

test('an attachment without rooms and direct messages says so', async () => {
  const [runtime] = NODE_RUNTIMES
  if (runtime === undefined) throw new Error('there is no runtime')
  const text = nodeFileText({ ...FILE, mode: 'none', runtime, rooms: [], directMessages: false })
  expect(text).toContain('    rooms: []\n')
  expect(text).not.toContain('dms:')
})
