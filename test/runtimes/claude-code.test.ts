import { expect, test } from 'bun:test'
import { say } from '../support/network.ts'
import { describeRuntime, LIMIT_MS } from './contract.ts'
import { claudeCode } from './support/claude-code.ts'
import { untilSettled } from './support/ledger.ts'
import { setScene } from './support/scene.ts'

const runtime = await claudeCode()

describeRuntime({ name: 'claude-code', runtime, processName: 'claude' })

test(
  'claude-code: a denied command does not fail the turn; the ledger names what was denied',
  async () => {
    await using scene = await setScene({ worker: runtime })
    const { message_id } = await say(
      scene.server.client,
      'lab',
      '@worker look @tool:{curl -s http://127.0.0.1:9/} @say:{I was kept from it}',
    )
    const delivery = await untilSettled(scene, message_id)
    expect(delivery).toMatchObject({ state: 'silent', attempts: 0, final_text: 'I was kept from it' })
    expect(delivery.steps.find(({ step }) => step === 'turn_ended')?.warnings).toEqual([
      'Claude Code denied the use of Bash: allow it in runtime.args with --allowedTools',
    ])
  },
  LIMIT_MS,
)
