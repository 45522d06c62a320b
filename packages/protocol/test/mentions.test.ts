import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createMentionDirectory, fqid, pairingAliases, resolveMentions, scanMentions } from '../src/index.ts'
import type { MentionDirectory, MentionDirectoryOptions, Part } from '../src/index.ts'
import { anyText, genericId } from './fixtures.ts'

const alpha = 'molt://net_a/agents/alpha'
const beta = 'molt://net_a/agents/beta'
const gamma = 'molt://net_b/agents/gamma'

/** Members of a room of net_a: two of its own, one of another network. */
const members = ['alpha', 'net_a:beta', 'molt://net_b/agents/gamma']

function directoryOf(change: Partial<MentionDirectoryOptions> = {}): MentionDirectory {
  return createMentionDirectory({ networkId: 'net_a', members, ...change })
}

function text(...texts: string[]): Part[] {
  return texts.map((one) => ({ kind: 'text', text: one }))
}

function inText(message: string, directory = directoryOf()): string[] {
  return resolveMentions({ parts: text(message), directory })
}

function inRequest(mention: string, directory = directoryOf()): string[] {
  return resolveMentions({ mentions: [mention], parts: [], directory })
}

describe('a mention in a text', () => {
  test.each([
    ['@alpha', [alpha]],
    ['hello @alpha', [alpha]],
    ['@alpha @beta @alpha', [alpha, beta]],
    ['@beta @alpha', [beta, alpha]],
    ['(@alpha)', [alpha]],
    ['cc:@alpha', [alpha]],
    ['"@alpha"', [alpha]],
    ['**@alpha**', [alpha]],
    ['_ask @alpha_', [alpha]],
    ['你好@alpha你好', [alpha]],
    ['line\n@alpha', [alpha]],
    ['@@alpha', [alpha]],
    ['@alpha@beta', [alpha]],
    ['@alpha/@beta', [alpha, beta]],
    ['@net_a:alpha', [alpha]],
    ['@net_b:gamma', [gamma]],
    ['@gamma', [gamma]],
    ['<@molt://net_b/agents/gamma>', [gamma]],
    ['hey<@molt://net_a/agents/alpha>', [alpha]],
    ['<@alpha>', [alpha]],
    ['<@molt://net_a/agents/alpha><@molt://net_a/agents/beta>', [alpha, beta]],
  ])('%j names %j', (message, expected) => {
    expect(inText(message)).toEqual(expected)
  })

  test.each([
    ['nobody', ''],
    ['an unknown name', '@delta'],
    ['a name in another case', '@Alpha'],
    ['a longer name', '@alphabet'],
    ['a name that only begins with a member', '@alpha.2'],
    ['an address', 'bob@beta.com'],
    ['an address that ends like a member', 'bob@beta'],
    ['an address after punctuation that a name may have', 'bob.@beta bob_@beta bob-@beta 1@beta'],
    ['a lone sign', '@'],
    ['a sign and a space', '@ alpha'],
    ['a sign and a colon', '@:alpha'],
    ['punctuation', '@...'],
    ['a local agent under another network', '@net_b:alpha'],
    ['an unknown network', '@net_z:alpha'],
    ['a bare FQID', '@molt://net_a/agents/alpha'],
    ['a bare FQID with a mention inside', '@molt://net_z/agents/x/@alpha'],
    ['an FQID that is not closed', '<@molt://net_a/agents/alpha'],
    ['an FQID that is closed after white space', '<@molt://net_a/agents/alpha >'],
    ['an FQID of something else', '<@molt://net_a/rooms/alpha>'],
    ['an FQID with punctuation inside', '<@molt://net_a/agents/alpha.>'],
    ['an FQID without brackets but closed', '@molt://net_a/agents/alpha>'],
    ['everybody', '@all'],
    ['the room', '@room'],
  ])('that is %s names nobody', (_, message) => {
    expect(inText(message)).toEqual([])
  })

  test('goes on right after a bare FQID', () => {
    expect(inText('@molt://net_a/agents/alpha @beta')).toEqual([beta])
    expect(inText('@molt://net_a/agents/alpha>@beta')).toEqual([beta])
  })

  test('counts in text parts only', () => {
    const parts: Part[] = [
      { kind: 'data', text: '@alpha', data: { text: '@alpha' } },
      { kind: 'url', url: 'https://example.com/@alpha', text: '@alpha' },
      { kind: 'text' },
      { kind: 'text', text: '@beta' },
    ]
    expect(resolveMentions({ parts, directory: directoryOf() })).toEqual([beta])
  })

  test('is not joined over two parts', () => {
    expect(resolveMentions({ parts: text('@', 'alpha', 'bob', '@beta'), directory: directoryOf() })).toEqual([
      beta,
    ])
  })
})

describe('punctuation after a mention', () => {
  test.each([
    '.',
    ',',
    '!',
    '?',
    ';',
    ':',
    '...',
    '.)',
    ':-)',
    '-',
    '--',
    '_',
    ':',
    '::',
    ': hello',
    ':...',
    "'s",
    '…',
    '，',
  ])('%j does not break it', (tail) => {
    expect(inText(`@beta${tail}`)).toEqual([beta])
    expect(inText(`@net_a:beta${tail}`)).toEqual([beta])
    expect(inText(`@beta${tail} @alpha`)).toEqual([beta, alpha])
  })

  const dotted = directoryOf({ members: ['beta', 'beta.', 'beta...', 'x-'] })

  test.each([
    ['@beta', 'beta'],
    ['@beta,', 'beta'],
    ['@beta.', 'beta.'],
    ['@beta..', 'beta.'],
    ['@beta...', 'beta...'],
    ['@beta....', 'beta...'],
    ['@beta.-', 'beta.'],
    ['@beta-', 'beta'],
    ['@x-', 'x-'],
    ['@x-.', 'x-'],
  ])('belongs to the name where a member is called so: %s', (message, id) => {
    expect(inText(message, dotted)).toEqual([fqid('net_a', 'agents', id)])
  })

  test('does not turn a longer id into a shorter one', () => {
    expect(inText('@x', dotted)).toEqual([])
    expect(inText('@beta.x', dotted)).toEqual([])
  })

  test('may be of any length', () => {
    expect(inText(`@beta${'.'.repeat(5_000)}`)).toEqual([beta])
    expect(inText(`@beta${'.'.repeat(5_000)}`, dotted)).toEqual([fqid('net_a', 'agents', 'beta...')])
  })
})

describe('@all and @room', () => {
  const crowd = directoryOf({ members: ['all', 'room', 'all.', 'all-hands', 'rooms'] })

  test.each([
    '@all',
    '@room',
    '@all.',
    '@room!',
    '@all:',
    '@all...',
  ])('%s stays plain text even where a member is called so', (message) => {
    expect(inText(message, crowd)).toEqual([])
    expect(inRequest(message, crowd)).toEqual([])
  })

  test('do not reserve longer names or other notations', () => {
    expect(inText('@all-hands @rooms', crowd)).toEqual([
      'molt://net_a/agents/all-hands',
      'molt://net_a/agents/rooms',
    ])
    expect(inText('@net_a:all', crowd)).toEqual(['molt://net_a/agents/all'])
    expect(inRequest('room', crowd)).toEqual(['molt://net_a/agents/room'])
  })
})

describe('a mention in the request', () => {
  test.each([
    ['alpha', alpha],
    ['@alpha', alpha],
    ['net_a:alpha', alpha],
    ['@net_a:alpha', alpha],
    ['molt://net_a/agents/alpha', alpha],
    ['@molt://net_a/agents/alpha', alpha],
    ['gamma', gamma],
    ['net_b:gamma', gamma],
    ['molt://net_b/agents/gamma', gamma],
  ])('%s names a member', (mention, expected) => {
    expect(inRequest(mention)).toEqual([expected])
  })

  test.each([
    '',
    '@',
    ':',
    'delta',
    'net_b:alpha',
    ':alpha',
    'molt://net_b/agents/alpha',
    'molt://net_a/rooms/alpha',
    'molt://',
    'alpha beta',
    ' alpha',
  ])('%j is dropped', (mention) => {
    expect(inRequest(mention)).toEqual([])
  })

  test('stands before those of the text, each agent once, in first-seen order', () => {
    const found = resolveMentions({
      mentions: ['net_b:gamma', 'unknown', 'alpha', 'molt://net_b/agents/gamma'],
      parts: text('@beta and @alpha', '@gamma'),
      directory: directoryOf(),
    })
    expect(found).toEqual([gamma, alpha, beta])
  })
})

describe('names of networks', () => {
  const pairings = [
    { id: 'to_b', remote_network_id: 'net_b', remote_network_name: 'Lab' },
    { id: 'to_c', remote_network_id: 'net_c', remote_network_name: 'Lab' },
    { id: 'to_nowhere', remote_network_id: '', remote_network_name: 'Nowhere' },
  ] as Parameters<typeof pairingAliases>[0]
  const paired = directoryOf({
    networkName: 'Home',
    members: ['alpha', 'net_b:gamma', 'net_c:gamma', 'net_d:delta'],
    aliases: pairingAliases(pairings),
  })

  test.each([
    ['this network by id', 'net_a:alpha', alpha],
    ['this network by name', 'Home:alpha', alpha],
    ['a pairing by its id', 'to_b:gamma', gamma],
    ['a pairing by the id of the remote', 'net_c:gamma', 'molt://net_c/agents/gamma'],
    ['a network that is not paired, by id', 'net_d:delta', 'molt://net_d/agents/delta'],
  ])('name %s', (_, mention, expected) => {
    expect(inText(`@${mention}`, paired)).toEqual([expected])
    expect(inRequest(mention, paired)).toEqual([expected])
  })

  test('name nobody when two networks have them', () => {
    expect(inText('@Lab:gamma', paired)).toEqual([])
  })

  test('stay ambiguous even where only one of the networks has such a member', () => {
    const one = directoryOf({ members: ['net_b:gamma'], aliases: pairingAliases(pairings) })
    expect(inText('@Lab:gamma', one)).toEqual([])
    expect(inText('@net_b:gamma', one)).toEqual([gamma])
  })

  test('are ambiguous when a pairing is called like another network', () => {
    const clash = directoryOf({ members: ['net_b:gamma'], aliases: [['net_b', 'net_c']] })
    expect(inText('@net_b:gamma', clash)).toEqual([])
    expect(inText('<@molt://net_b/agents/gamma>', clash)).toEqual([gamma])
  })

  test('may hold spaces in the request', () => {
    const named = directoryOf({ networkName: 'Local Moltnet' })
    expect(inRequest('Local Moltnet:alpha', named)).toEqual([alpha])
  })

  test('are not looked for in FQIDs', () => {
    expect(inRequest('molt://Home/agents/alpha', paired)).toEqual([])
    expect(inRequest('molt://to_b/agents/gamma', paired)).toEqual([])
  })

  test('of a pairing without remote id mean nothing', () => {
    expect(inText('@to_nowhere:gamma @Nowhere:gamma', paired)).toEqual([])
  })
})

describe('a directory', () => {
  test('takes a short name for nobody when two networks have it', () => {
    const twins = directoryOf({ members: ['alpha', 'net_b:alpha', 'beta'] })
    expect(inText('@alpha', twins)).toEqual([])
    expect(inText('@net_b:alpha @net_a:alpha', twins)).toEqual(['molt://net_b/agents/alpha', alpha])
  })

  test('knows a member in several notations as one', () => {
    const same = directoryOf({ members: ['alpha', 'net_a:alpha', alpha] })
    expect(same.size).toBe(1)
    expect(inText('@alpha', same)).toEqual([alpha])
  })

  test('leaves malformed members out', () => {
    const odd = directoryOf({ members: ['', 'a b', 'molt://x', ':x', 'alpha'] })
    expect(odd.size).toBe(1)
  })

  test('may be empty', () => {
    expect(inText('@alpha', directoryOf({ members: [] }))).toEqual([])
  })

  test('finds exactly its members, for any members and any reference', () => {
    const member = fc.oneof(
      genericId({ maxLength: 4 }),
      fc.tuple(genericId({ maxLength: 2 }), genericId({ maxLength: 4 })).map(([net, id]) => `${net}:${id}`),
    )
    fc.assert(
      fc.property(fc.array(member, { maxLength: 20 }), anyText, (names, noise) => {
        const directory = directoryOf({ members: names })
        const fqids = new Set(
          names.map((name) => {
            const [id, network = 'net_a'] = name.split(':').reverse() as [string, string?]
            return fqid(network, 'agents', id)
          }),
        )
        expect(directory.size).toBe(fqids.size)
        for (const canonical of fqids) expect(directory.find(canonical)).toBe(canonical)
        const found = directory.find(noise)
        if (found !== undefined) expect(fqids.has(found)).toBe(true)
      }),
    )
  })
})

describe('resolving', () => {
  test('gives unique members only, for any text', () => {
    const name = fc.constantFrom(
      'alpha',
      'beta',
      'gamma',
      'net_a:beta',
      'net_b:gamma',
      'all',
      'molt://net_a/agents/alpha',
    )
    const piece = fc.oneof(
      anyText,
      name.map((one) => `@${one}`),
      name.map((one) => `<@${one}>`),
      fc.constantFrom('@', ':', '.', '<', '>', ' ', 'bob@'),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(name), (pieces, mentions) => {
        const found = resolveMentions({ mentions, parts: text(pieces.join('')), directory: directoryOf() })
        expect(new Set(found).size).toBe(found.length)
        for (const one of found) expect([alpha, beta, gamma]).toContain(one)
      }),
    )
  })

  test('agrees with the pattern of the contract, character by character', () => {
    // The contract's pattern as a regular expression; what precedes it must not be part of a name.
    const pattern = /@molt:\/\/[^\s>]*|@(?:[A-Za-z0-9._-]+:)?[A-Za-z0-9._-]+/gy
    const byPattern = (message: string): string[] => {
      const found: string[] = []
      for (let at = 0; at < message.length; ) {
        pattern.lastIndex = at
        const match = /[A-Za-z0-9._-]/.test(message[at - 1] ?? '') ? null : pattern.exec(message)
        if (match === null) {
          at += 1
          continue
        }
        const end = at + match[0].length
        const isReference = match[0].startsWith('@molt://')
        if (!isReference || (message[at - 1] === '<' && message[end] === '>')) found.push(match[0].slice(1))
        at = end
      }
      return found
    }
    const alphabet = fc.constantFrom(
      '@',
      '@',
      'a',
      'b',
      ':',
      '.',
      '-',
      ' ',
      '<',
      '>',
      'molt://',
      '/',
      '\n',
      'ü',
    )
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 60 }), (message) => {
        const spans: string[] = []
        scanMentions(message, (start, end) => {
          spans.push(message.slice(start, end))
          return true
        })
        expect(spans).toEqual(byPattern(message))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the work of resolving', () => {
  const megabyte = 1_048_576
  const hostile = [
    '@a:',
    '@',
    '@@a',
    '@a',
    '@a.',
    '@a:b',
    '@a:b:',
    '<@molt://a',
    '@molt://',
    '<@molt://a>',
    '@alpha ',
    'a@',
    '@................................',
    `@${'a'.repeat(500)}`,
    `@b${'.'.repeat(127)}`,
    '@:',
    '@-:-',
  ]

  /** Counts the characters that the directory is asked to read. */
  function counted(directory: MentionDirectory): {
    directory: MentionDirectory
    asked: { characters: number }
  } {
    const asked = { characters: 0 }
    const find = (reference: string) => {
      asked.characters += reference.length
      return directory.find(reference)
    }
    return { directory: { size: directory.size, find }, asked }
  }

  test.each(hostile)('is bounded by the length of a text of %j', (unit) => {
    const message = unit.repeat(Math.ceil(megabyte / unit.length))
    let lastEnd = 0
    scanMentions(message, (start, end) => {
      if (start <= lastEnd && lastEnd !== 0) throw new Error(`span at ${start} overlaps the one before`)
      lastEnd = end
      return true
    })
    const { directory, asked } = counted(directoryOf())
    resolveMentions({ parts: text(message), directory })
    expect(asked.characters).toBeLessThanOrEqual(message.length)
  })

  test('reads no character again, for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, fc.constantFrom(...hostile))), (pieces) => {
        const { directory, asked } = counted(directoryOf({ members: ['nobody'] }))
        const message = pieces.join('')
        resolveMentions({ parts: text(message), directory })
        expect(asked.characters).toBeLessThanOrEqual(message.length)
      }),
    )
  })

  test('ends when every member is found', () => {
    const { directory, asked } = counted(directoryOf())
    resolveMentions({ parts: text(`@alpha @beta @gamma ${'@a '.repeat(100_000)}`, '@a'), directory })
    expect(asked.characters).toBe('alphabetagamma'.length)
  })

  test('finds the last of 1,000 members in a text with 100,000 others', () => {
    const many = directoryOf({ members: Array.from({ length: 1_000 }, (_, index) => `m${index}`) })
    expect(inText(`${'@nobody '.repeat(100_000)}@m999`, many)).toEqual(['molt://net_a/agents/m999'])
  })
})

describe('what reads like a mention and is none', () => {
  test.each([
    ['@delta, and @alpha', ['delta']],
    ['@all and @room:', ['all', 'room']],
    ['@net_z:alpha @net_a:delta.', ['net_z:alpha', 'net_a:delta']],
    ['<@molt://net_z/agents/x>', ['molt://net_z/agents/x']],
    ['@alpha @beta @gamma @late', ['late']],
    ['bob@beta.com @ @... @alpha', []],
  ])('in %j is told', (message, expected) => {
    const told: string[] = []
    const directory = directoryOf()
    const found = resolveMentions({
      parts: text(message),
      directory,
      onUnresolved: (name) => told.push(name),
    })
    expect(told).toEqual(expected)
    // What is told changes nothing of what is found.
    expect(found).toEqual(inText(message))
  })

  test('is told of the list of a request as well', () => {
    const told: string[] = []
    const onUnresolved = (name: string) => told.push(name)
    const mentions = ['alpha', 'delta', '@all']
    resolveMentions({ mentions, parts: [], directory: directoryOf(), onUnresolved })
    expect(told).toEqual(['delta', 'all'])
  })
})
