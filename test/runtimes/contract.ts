import { expect, test } from 'bun:test'
import { until } from '../support/condition.ts'
import { say, textOf, wholeHistory } from '../support/network.ts'
import { newestWake } from './support/fake-model.ts'
import { untilFailedTwice, untilSettled } from './support/ledger.ts'
import { type RuntimeYaml, setScene } from './support/scene.ts'

/** How long a test may take, in ms: a real program takes seconds to start and to fail; downloads are done before. */
export const LIMIT_MS = 240_000

/** A real runtime. */
export interface RealRuntime {
  /** Name of the tests. */
  name: string
  runtime: RuntimeYaml
  /** Finds its process below the node, by its command line. */
  processName: string
  /** Resolves when the session of the first turn can be opened again. */
  untilKept?(): Promise<void>
}

/** What every real runtime must do behind the node. */
export function describeRuntime({ name, runtime, processName, untilKept }: RealRuntime): void {
  test(
    `${name}: the second wake goes on in the session of the first`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      await say(scene.server.client, 'lab', '@worker first @say:{ANSWER-ONE}')
      await scene.model.untilAsked((request) => newestWake(request).includes('ANSWER-ONE'))
      await say(scene.server.client, 'lab', '@worker second @say:{ANSWER-TWO}')
      const second = await scene.model.untilAsked((request) => newestWake(request).includes('ANSWER-TWO'))
      const seen = second.messages.map((message) => message.text).join('\n')
      expect(seen).toContain('@worker first')
      expect(
        second.messages.some(
          (message) => message.role === 'assistant' && message.text.includes('ANSWER-ONE'),
        ),
      ).toBe(true)
    },
    LIMIT_MS,
  )

  test(
    `${name}: the session goes on after a restart of the node`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      const { message_id } = await say(scene.server.client, 'lab', '@worker before @say:{BEFORE}')
      await untilSettled(scene, message_id)
      await untilKept?.()
      await scene.restartNode('SIGTERM')
      await say(scene.server.client, 'lab', '@worker after @say:{AFTER}')
      const after = await scene.model.untilAsked((request) => newestWake(request).includes('after'))
      expect(
        after.messages.some((message) => message.role === 'assistant' && message.text.includes('BEFORE')),
      ).toBe(true)
    },
    LIMIT_MS,
  )

  test(
    `${name}: a message that comes while a turn is running is the next turn`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      await say(scene.server.client, 'lab', '@worker slow one @wait @say:{SLOW}')
      await scene.model.untilAsked((request) => newestWake(request).includes('slow one'))
      await say(scene.server.client, 'lab', '@worker meanwhile @say:{NEXT}')
      scene.model.release()
      const next = await scene.model.untilAsked((request) => newestWake(request).includes('meanwhile'))
      expect(
        next.messages.some((message) => message.role === 'assistant' && message.text.includes('SLOW')),
      ).toBe(true)
    },
    LIMIT_MS,
  )

  test(
    `${name}: the agent answers in the room with the moltnet send that it runs itself`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      const { message_id } = await say(
        scene.server.client,
        'lab',
        '@worker speak @tool:{moltnet send --target room:lab --text "spoken by hand"} @say:{DONE}',
      )
      const message = await until(
        async () =>
          (await wholeHistory(scene.server.client, 'lab')).find(
            (candidate) => candidate.from.id === 'worker',
          ),
        () =>
          `worker has spoken; node log:\n${scene.node.log().slice(-6_000)}\nmodel: ${JSON.stringify(scene.model.requests.at(-1)?.messages.slice(-3))}`,
        90_000,
      )
      expect(textOf(message)).toBe('spoken by hand')
      expect(message.from.type).toBe('agent')
      expect(await untilSettled(scene, message_id)).toMatchObject({ state: 'spoke', attempts: 0 })
    },
    LIMIT_MS,
  )

  test(
    `${name}: what it says without sending is held, and an operator publishes it`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      const { client } = scene.server
      const { message_id } = await say(client, 'lab', '@worker think @say:{A THOUGHT}')
      const delivery = await untilSettled(scene, message_id)
      expect(delivery).toMatchObject({ state: 'silent', attempts: 0, final_text: 'A THOUGHT' })
      const before = await wholeHistory(client, 'lab')
      expect(before.map((message) => message.id)).toEqual([message_id])
      await client.operateWake(delivery.id ?? '', 'publish')
      const [, published] = await wholeHistory(client, 'lab')
      expect(published).toMatchObject({ from: { id: 'worker' }, parts: [{ text: 'A THOUGHT' }] })
    },
    LIMIT_MS,
  )

  test(
    `${name}: a failing model is a failed turn that is tried again`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      const { message_id } = await say(scene.server.client, 'lab', '@worker fails @fail=400')
      const failures = await untilFailedTwice(scene, message_id)
      for (const { error } of failures) expect(error).toContain('the fake model fails with 400')
    },
    LIMIT_MS,
  )

  test(
    `${name}: a killed program is a failed turn; the wake comes again`,
    async () => {
      await using scene = await setScene({ worker: runtime })
      await say(scene.server.client, 'lab', '@worker long @wait @say:{SURVIVED}')
      await scene.model.untilAsked((request) => newestWake(request).includes('long'))
      const pid = await until(
        () => descendantOf(scene.node.pid, processName),
        `${processName} runs below the node`,
      )
      process.kill(pid, 'SIGKILL')
      const before = scene.model.requests.length
      scene.model.release()
      await until(
        () => scene.model.requests.length > before,
        () => `the model is asked again; node log:\n${scene.node.log().slice(-6_000)}`,
        90_000,
      )
    },
    LIMIT_MS,
  )
}

/** The innermost process below `pid` whose command line names `program`: some start themselves again. */
function descendantOf(pid: number, program: string): number | undefined {
  const list = Bun.spawnSync(['ps', '-e', '-o', 'pid=,ppid=,args=']).stdout.toString()
  const rows = list
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((row) => row !== null)
  const below = new Set([pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const row of rows) {
      const child = Number(row[1])
      if (below.has(Number(row[2])) && !below.has(child)) {
        below.add(child)
        grown = true
      }
    }
  }
  const found = rows.findLast(
    (row) => Number(row[1]) !== pid && below.has(Number(row[1])) && row[3]?.includes(program),
  )
  return found && Number(found[1])
}
