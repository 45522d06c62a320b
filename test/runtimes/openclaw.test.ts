import { expect, test } from 'bun:test'
import { until } from '../support/condition.ts'
import { say, textOf, wholeHistory } from '../support/network.ts'
import { newestWake } from './support/fake-model.ts'
import { installOpenclaw } from './support/install.ts'
import { untilFailedTwice, untilSettled } from './support/ledger.ts'
import { openclaw } from './support/openclaw-gateway.ts'
import type { OpenclawGateway } from './support/openclaw-gateway.ts'
import { setScene } from './support/scene.ts'
import type { Scene } from './support/scene.ts'

/** A gateway takes half a minute to start, and more on a busy machine. */
const LIMIT_MS = 300_000

await installOpenclaw()

/** Runs a test with an agent that lives in a gateway of its own. */
async function withOpenclaw(check: (scene: Scene, gateway: OpenclawGateway) => Promise<void>): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const started: OpenclawGateway[] = []
  const worker = openclaw((gateway) => started.push(stack.use(gateway)))
  const scene = await setScene({ worker })
  stack.use(scene)
  for (const gateway of started) await check(scene, gateway)
}

/** Waits for what the agent says in the room. */
async function spoken({ server, node }: Scene, text: string): Promise<void> {
  await until(
    async () => {
      const history = await wholeHistory(server.client, 'lab')
      return history.some((message) => message.from.id === 'worker' && textOf(message) === text)
    },
    () => `worker says ${text}; node log:\n${node.log().slice(-6_000)}`,
    90_000,
  )
}

test(
  'openclaw: answers in the room, in one session, one turn after another, and again after a failure',
  () =>
    withOpenclaw(async (scene) => {
      const { client } = scene.server
      const first = await say(client, 'lab', '@worker first @say:{ANSWER-ONE}')
      await spoken(scene, 'ANSWER-ONE')
      expect(await untilSettled(scene, first.message_id)).toMatchObject({ state: 'spoke', attempts: 0 })

      await say(client, 'lab', '@worker slow one @wait @say:{SLOW}')
      await scene.model.untilAsked((request) => newestWake(request).includes('slow one'))
      await say(client, 'lab', '@worker meanwhile @say:{NEXT}')
      scene.model.release()
      await spoken(scene, 'SLOW')
      await spoken(scene, 'NEXT')
      const last = await scene.model.untilAsked((request) => newestWake(request).includes('meanwhile'))
      const said = last.messages.filter((message) => message.role === 'assistant').map(({ text }) => text)
      expect(said.join()).toMatch(/ANSWER-ONE.*SLOW/s)

      const failing = await say(client, 'lab', '@worker fails @fail=400')
      const failures = await untilFailedTwice(scene, failing.message_id)
      for (const { error } of failures) expect(error).toContain('LLM request failed')
    }),
  LIMIT_MS,
)

test(
  'openclaw: a turn goes on over a restart of the node and is not run twice',
  () =>
    withOpenclaw(async (scene) => {
      await say(scene.server.client, 'lab', '@worker long @wait @say:{SURVIVED}')
      await scene.model.untilAsked((request) => newestWake(request).includes('long'))
      const asked = scene.model.requests.length
      await scene.restartNode('SIGKILL')
      scene.model.release()
      await spoken(scene, 'SURVIVED')
      expect(scene.model.requests).toHaveLength(asked)
    }),
  LIMIT_MS,
)

test(
  'openclaw: a turn that died with the gateway is run again by the next one',
  () =>
    withOpenclaw(async (scene, gateway) => {
      await say(scene.server.client, 'lab', '@worker long @wait @say:{AGAIN}')
      await scene.model.untilAsked((request) => newestWake(request).includes('long'))
      await gateway.kill()
      scene.model.release()
      await gateway.start()
      await spoken(scene, 'AGAIN')
    }),
  LIMIT_MS,
)
