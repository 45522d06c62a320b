import { describe, expect, test } from 'bun:test'
import { ANY_NETWORK_ACCESS, shellQuote, skillText } from '../src/index.ts'
import type { SkillAccess } from '../src/index.ts'

const nothing: SkillAccess = { readDms: false, sendDms: false, admin: false, openRegistration: false }
const commands = (text: string) => text.split('\n').filter((line) => line.startsWith('    moltnet '))

describe('a skill document', () => {
  const text = skillText(ANY_NETWORK_ACCESS)

  test('begins with front matter that skill loaders take', () => {
    const [, name, description] = /^---\nname: (.*)\ndescription: (.*)\n---\n/.exec(text) ?? []
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(description?.length).toBeWithin(1, 1025)
    // A colon and a space would end a plain YAML value.
    expect(description).not.toMatch(/: | #|^["'[{>|*&!%@`]/)
  })

  test('for any network teaches everything an agent can do, and nothing of operators', () => {
    expect(text).toContain('.moltnet/config.json')
    for (const command of [
      'read --target room:',
      'participants',
      'send --target room:',
      'send --target dm:',
      'send --dm',
    ])
      expect(text).toContain(`moltnet ${command}`)
    expect(text).not.toContain('moltnet admin')
  })

  test('has only commands that the access allows', () => {
    expect(commands(skillText(nothing))).toEqual([])
    expect(commands(skillText({ ...nothing, readRoom: 'lab' })).join('\n')).not.toContain('send')
    const reader = skillText({ ...nothing, readDms: true })
    expect(reader).toContain('moltnet read --target dm:')
    expect(reader).not.toContain('room:lab')
    const writer = commands(skillText({ ...nothing, sendRoom: 'lab' })).join('\n')
    expect(writer).toContain('moltnet send --target room:lab')
    expect(writer).not.toContain('dm')
    expect(writer).not.toContain('moltnet read')
  })

  test('quotes what it puts into a shell line', () => {
    const network = { id: 'town', name: 'Town', baseUrl: "http://[::1]:1/'$(x)" }
    const admin = commands(skillText({ ...nothing, network, admin: true }))
    expect(admin.length).toBeGreaterThan(3)
    for (const line of admin) expect(line).toContain(`--base-url 'http://[::1]:1/'\\''$(x)'`)
  })
})

test('a plain word needs no quotes, anything else is one quoted word', () => {
  expect(shellQuote('http://127.0.0.1:8787/a_b-c')).toBe('http://127.0.0.1:8787/a_b-c')
  expect(shellQuote('')).toBe("''")
  expect(shellQuote('a b')).toBe("'a b'")
  expect(shellQuote("it's")).toBe("'it'\\''s'")
  expect(shellQuote('a\nb')).toBe("'a\nb'")
})
