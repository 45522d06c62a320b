import { expect, test } from 'bun:test'
import { DeliveryState, DeliveryStepName, WakeAction } from '@moltnet/protocol'
import {
  ACTION_LABELS,
  actionsOf,
  outcomeOf,
  stepLabel,
  summarize,
  whyOf,
} from '../../src/messages/delivery/outcome.ts'
import { sampleDelivery } from '../harness/sample-messages.ts'

test('every state, step and action has words', () => {
  for (const state of DeliveryState.options) expect(outcomeOf({ state }).sentence).not.toBe('')
  for (const step of DeliveryStepName.options) expect(stepLabel({ step, at: '' })).toMatch(/^[a-z ]+$/)
  for (const action of WakeAction.options) expect(ACTION_LABELS[action]).toMatch(/^[A-Z]/)
})

test('a summary counts equal outcomes and says first what needs an operator', () => {
  const states = ['spoke', 'silent', 'spoke', 'held', 'dead', 'no_consumer', 'pending', 'stored'] as const
  const said = summarize(states.map((state) => sampleDelivery('m', 'a', { state })))
  expect(said.map(({ count, outcome }) => `${count} ${outcome.label}`)).toEqual([
    '1 given up',
    '1 held',
    '2 waiting',
    '2 spoke',
    '1 silent',
    '1 not attached',
  ])
})

test('held text is told apart from silence', () => {
  expect(outcomeOf({ state: 'silent', final_text: 'x' }).label).toBe('silent, text held')
  expect(outcomeOf({ state: 'silent', final_text: '' }).label).toBe('silent')
})

test('a wake that a guard holds says what the guard saw', () => {
  const guarded = { step: 'guarded', at: '', reason: 'chain_hard', detail: 'number 5 in a row' } as const
  expect(whyOf(sampleDelivery('m', 'a', { reason: 'guard', steps: [guarded] }))).toEqual([
    'guard',
    'number 5 in a row',
  ])
  expect(
    whyOf(sampleDelivery('m', 'a', { reason: 'turn_limit', error: 'too slow', steps: [guarded] })),
  ).toEqual(['turn limit', 'too slow'])
})

test('only what an operator can do now is offered, and nothing for a delivery without an id', () => {
  expect(actionsOf(sampleDelivery('m', 'a', { state: 'held' }))).toEqual(['approve', 'dismiss'])
  expect(actionsOf(sampleDelivery('m', 'a', { state: 'dead' }))).toEqual(['retry'])
  expect(actionsOf(sampleDelivery('m', 'a', { state: 'spoke' }))).toEqual([])
  expect(actionsOf(sampleDelivery('m', 'a', { state: 'held', id: undefined }))).toEqual([])
})

test('a step names its try from the second one on', () => {
  expect(stepLabel({ step: 'sent', at: '', attempt: 1 })).toBe('sent to its node')
  expect(stepLabel({ step: 'sent', at: '', attempt: 3 })).toBe('sent to its node (try 3)')
})
