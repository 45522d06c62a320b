import { expect, test } from 'bun:test'
import { say } from '../support/network.ts'
import { describeRuntime, LIMIT_MS } from './contract.ts'
import { codex } from './support/codex.ts'
import { untilSettled } from './support/ledger.ts'
import { setScene } from './support/scene.ts'

describeRuntime({ name: 'codex', runtime: await codex(), processName: 'codex' })

test(
  'codex: a sandbox that keeps moltnet from the network is in the ledger',
  async () => {
    await using scene = await setScene({ worker: await codex('[-s, read-only]') })
    const { message_id } = await say(
      scene.server.client,
      'lab',
      '@worker speak @tool:{moltnet send --target room:lab --text "unheard"} @say:{I could not speak}',
    )
    const delivery = await untilSettled(scene, message_id)
    expect(delivery).toMatchObject({ state: 'silent', attempts: 0, final_text: 'I could not speak' })
    expect(delivery.steps.find(({ step }) => step === 'turn_ended')?.warnings).toContainEqual(
      expect.stringContaining('the turn ended while moltnet was still running in its shell'),
    )
  },
  LIMIT_MS,
)
