import { expect, test } from 'bun:test'
import { LoopDelay } from '../src/observability/loop-delay.ts'
import { eventually } from './support/wait.ts'

const BLOCKED_MS = 120

function longest(text: string): number | undefined {
  const found = /quantile="1"} (\S+)/.exec(text)
  return found === null ? undefined : Number(found[1])
}

test('tells how long the loop was held up since the last look', async () => {
  const delay = new LoopDelay()
  expect(longest(delay.render())).toBeUndefined()
  let held = 0
  await eventually(() => {
    const until = performance.now() + BLOCKED_MS
    while (performance.now() < until);
    held = longest(delay.render()) ?? 0
    return held >= BLOCKED_MS / 2 / 1000
  }, 'a held up loop is seen')
  expect(held).toBeLessThan(30)
})
