import { expect, test } from 'bun:test'
import { complete, mentionAt, suggest } from '../../src/messages/composer/completion.ts'
import { createMentions, unwrittenMentions } from '../../src/messages/mentions.tsx'
import type { MentionCandidate } from '../../src/messages/props.ts'
import { sampleMessage } from '../harness/sample-messages.ts'

const BETA = 'molt://local/agents/beta'
const REMOTE = 'molt://net_b/agents/gamma'

function candidate(handle: string, name = handle): MentionCandidate {
  return { handle, name, fqid: `molt://local/agents/${handle}` }
}

test('finds whom a text names among those whom its message mentions, in every notation', () => {
  const mentions = createMentions({
    messageId: 'm',
    mentions: [BETA, REMOTE],
    networkId: 'local',
    aliases: [['partner', 'net_b']],
  })
  expect(mentions.find('beta.')?.fqid).toBe(BETA)
  expect(mentions.find('local:beta')?.fqid).toBe(BETA)
  expect(mentions.find('partner:gamma')?.fqid).toBe(REMOTE)
  expect(mentions.find(REMOTE)).toEqual({ fqid: REMOTE, handle: 'gamma' })
  expect(mentions.find('delta')).toBeUndefined()
})

test('tells the mentions that stand nowhere in the text', () => {
  const message = sampleMessage(0, { text: 'hello @beta', mentions: [BETA, REMOTE] })
  const mentions = createMentions({ messageId: 'm', mentions: [BETA, REMOTE], networkId: 'local' })
  expect(unwrittenMentions(message, mentions)).toEqual([REMOTE])
})

test.each([
  ['@', { start: 1, query: '' }],
  ['hi @be', { start: 4, query: 'be' }],
  ['hi @net:be', { start: 4, query: 'net:be' }],
  ['mail@be', undefined],
  ['hi @be and', undefined],
  ['nothing', undefined],
])('at the end of %j the mention %j is being written', (text, expected) => {
  expect(mentionAt(text, text.length)).toEqual(expected)
})

test('only what stands before the caret is being written', () => {
  expect(mentionAt('hi @beta there', 6)).toEqual({ start: 4, query: 'be' })
})

test('suggests those that begin with what is written first, by name and by handle', () => {
  const candidates = [candidate('xbe'), candidate('beta'), candidate('a1', 'Bert'), candidate('gamma')]
  expect(suggest(candidates, 'BE').map(({ handle }) => handle)).toEqual(['beta', 'a1', 'xbe'])
  expect(
    suggest(
      Array.from({ length: 30 }, (_, at) => candidate(`a${at}`)),
      '',
    ),
  ).toHaveLength(8)
})

test('completes with one space behind the name', () => {
  expect(complete('hi @be', { start: 4, query: 'be' }, 'beta')).toEqual({ text: 'hi @beta ', caret: 9 })
  expect(complete('hi @be there', { start: 4, query: 'be' }, 'beta')).toEqual({
    text: 'hi @beta there',
    caret: 9,
  })
})
