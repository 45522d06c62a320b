import { HttpError, type MessageBody, sendUntilKnown } from '@moltnet/client'
import type { MessageAccepted } from '@moltnet/protocol'
import { expect } from 'bun:test'
import { fault } from '../fault.ts'
import { WRITER } from '../harness/conversations.ts'
import { digest } from '../harness/history.ts'
import { World } from '../harness/world.ts'
import { PATIENCE_MS } from '../harness/writers.ts'

/** Requests of one id that are under way at once. */
const AT_ONCE = 16

fault(
  {
    id: 'same-id',
    about: '16 sends of one id at once, of one content and of several, and kill -9 in every fifth round',
    rounds: { ci: 20, full: 200 },
    roundMs: 10_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed, writers: [] })
    let conflicts = 0
    for (let round = 0; round < rounds; round++) {
      const contents = 1 + world.random.below(4)
      const answers = await Promise.all([
        ...Array.from({ length: AT_ONCE }, (_, n) => sendOne(world, { round, content: n % contents })),
        round % 5 === 4 ? world.restartSoon() : undefined,
      ])
      const accepted = answers.filter((answer): answer is Accepted => typeof answer === 'object')
      conflicts += answers.filter((answer) => answer === 'conflict').length
      // One content has won, and all of its sends have the same answer.
      expect(new Set(accepted.map(({ content }) => content)).size).toBe(1)
      expect(new Set(accepted.map(({ answer }) => answer.event_id)).size).toBe(1)
      expect(accepted.length).toBe(Math.ceil((AT_ONCE - (accepted[0]?.content ?? 0)) / contents))
    }
    return { counts: await world.finish(), figures: { 'sends that were told of a conflict': conflicts } }
  },
)

interface Accepted {
  readonly content: number
  readonly answer: MessageAccepted
}

async function sendOne(
  world: World,
  { round, content }: { round: number; content: number },
): Promise<Accepted | 'conflict'> {
  const id = `same-${round}`
  const text = `${id} with content ${content}`
  const said = { id, text: digest(text) }
  world.history.add({
    op: 'attempt',
    writer: `same-${content}`,
    conversation: 'room:hall',
    number: round + 1,
    ...said,
  })
  try {
    const body: MessageBody = {
      id,
      target: { kind: 'room', room_id: 'hall' },
      from: { type: 'human', id: WRITER },
      parts: [{ kind: 'text', text }],
    }
    const answer = await sendUntilKnown(world.client, body, { timeoutMs: PATIENCE_MS })
    world.history.add({ op: 'ok', ...said })
    return { content, answer }
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 409) throw error
    world.history.add({ op: 'refused', ...said })
    return 'conflict'
  }
}
