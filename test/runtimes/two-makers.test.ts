import { expect, test } from 'bun:test'
import { until } from '../support/condition.ts'
import { say, textOf, wholeHistory } from '../support/network.ts'
import { LIMIT_MS } from './contract.ts'
import { claudeCode } from './support/claude-code.ts'
import { codex } from './support/codex.ts'
import type { Cues } from './support/fake-model.ts'
import { gemini } from './support/gemini.ts'
import { untilSettled } from './support/ledger.ts'
import { openclaw } from './support/openclaw-gateway.ts'
import { opencode } from './support/opencode.ts'
import { pi } from './support/pi.ts'
import { type RuntimeYaml, setScene } from './support/scene.ts'

const QUESTION = '@bob what do herons eat?'
const ANSWER = '@ada herons eat fish'
const THANKS = 'fish it is, thank you both'

const CUES: Cues = {
  'ask the other one': { run: sendCommand(QUESTION) },
  'what do herons eat?': { run: sendCommand(ANSWER) },
  'herons eat fish': { run: sendCommand(THANKS) },
}

function sendCommand(text: string): string {
  return `moltnet send --target room:lab --text "${text}"`
}

/** A human asks ada, who asks bob, who answers, for which ada thanks. `cues` say how. */
async function converse(ada: RuntimeYaml, bob: RuntimeYaml, cues = CUES): Promise<void> {
  await using scene = await setScene({ ada, bob }, cues)
  const { client } = scene.server
  const request = '@ada please ask the other one'
  await say(client, 'lab', request)
  const history = await until(
    async () => {
      const messages = await wholeHistory(client, 'lab')
      return messages.some((message) => textOf(message) === THANKS) && messages
    },
    () => `ada thanks; node log:\n${scene.node.log().slice(-8_000)}`,
    150_000,
  )
  expect(history.map((message) => [message.from.type, message.from.id, textOf(message)])).toEqual([
    ['human', 'maya', request],
    ['agent', 'ada', QUESTION],
    ['agent', 'bob', ANSWER],
    ['agent', 'ada', THANKS],
  ])

  const woken = ['ada', 'bob', 'ada']
  for (const [index, agent] of woken.entries()) {
    const delivery = await untilSettled(scene, history[index]?.id ?? '', agent)
    expect(delivery).toMatchObject({ state: 'spoke', cause: 'mention', durable: true, attempts: 0, sends: 1 })
    expect(delivery.steps.map(({ step }) => step)).not.toContain('guarded')
  }
  const { wakes } = await client.listWakes()
  expect(wakes).toHaveLength(woken.length)
}

test(
  'Claude Code and Codex talk with each other in a room, each with moltnet send in its own shell',
  async () => converse(await claudeCode(), await codex()),
  LIMIT_MS,
)

test(
  'Pi and Gemini CLI talk with each other in a room, each with moltnet send in its own shell',
  async () => converse(await pi(), await gemini()),
  LIMIT_MS,
)

test(
  'OpenCode and OpenClaw talk with each other in a room, one with its own shell, one by its last texts',
  async () => {
    await using gateways = new AsyncDisposableStack()
    const bob = openclaw((gateway) => gateways.use(gateway))
    await converse(await opencode(), bob, { ...CUES, 'what do herons eat?': { say: ANSWER } })
  },
  LIMIT_MS,
)
