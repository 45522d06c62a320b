import { afterEach, expect, test } from 'bun:test'
import { IdleTimer } from '../src/idle-timer.ts'
import { until } from './support/peer.ts'

const timers: IdleTimer[] = []
afterEach(() => {
  for (const timer of timers.splice(0)) timer.stop()
})

function counting() {
  const state = { fired: 0 }
  const timer = new IdleTimer(() => {
    state.fired += 1
  })
  timers.push(timer)
  return { state, timer }
}

/** Keeps the event loop busy. */
function block(ms: number): void {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt);
}

test('fires again and again while nothing happens', async () => {
  const { state, timer } = counting()
  timer.start(5)
  await until(() => state.fired >= 3, 'three times')
})

test('counts from the last touch', async () => {
  const { state, timer } = counting()
  const started = performance.now()
  timer.start(30)
  const touching = setInterval(() => timer.touch(), 5)
  await until(() => performance.now() - started > 80, 'the end of the touches')
  expect(state.fired).toBe(0)
  clearInterval(touching)
  await until(() => state.fired === 1, 'the first time')
})

test('gives what waited during a blocked event loop a chance to be read first', async () => {
  const { state, timer } = counting()
  timer.start(20)
  setTimeout(() => timer.touch(), 21)
  block(60)
  let turns = 0
  await until(() => ++turns > 3, 'some turns of the loop')
  expect(state.fired).toBe(0)
})

test('does not fire once stopped', async () => {
  const { state, timer } = counting()
  timer.start(1)
  timer.stop()
  const started = performance.now()
  await until(() => performance.now() - started > 15, 'some time')
  expect(state.fired).toBe(0)
})
