import { describe, expect, test } from 'bun:test'
import { lonelyCommand } from '../src/adapters/acp/command-line.ts'

describe('a command line starts one program alone', () => {
  test.each([
    'moltnet',
    'moltnet send --target room:general --text hello',
    `moltnet send --text "a; b | c & d > e (f)"`,
    `moltnet send --text 'costs $5 and \`nothing\`'`,
    'moltnet send --text "two\nlines"',
    String.raw`moltnet send --text "she said \"no; never\""`,
    String.raw`moltnet send --text it\'s`,
    '  moltnet read  ',
  ])('%j', (line) => {
    expect(lonelyCommand(line, 'linux')).toBe('moltnet')
  })

  test.each([
    'moltnet send; rm -rf x',
    'moltnet send && rm -rf x',
    'moltnet send | sh',
    'moltnet send > /etc/passwd',
    'moltnet send < secret',
    'moltnet send &',
    'moltnet send --text $TOKEN',
    'moltnet send --text "$(cat secret)"',
    'moltnet send --text "`cat secret`"',
    'moltnet send\nrm -rf x',
    `moltnet send --text 'a' ; rm 'b'`,
    String.raw`moltnet send --text 'a\' ; rm x ' '`,
    'moltnet send --text "open',
    'TOKEN=x moltnet send',
    '(moltnet send)',
    '$(moltnet send)',
    '',
  ])('not %j', (line) => {
    expect(lonelyCommand(line, 'linux')).toBeUndefined()
  })

  test('another program has another name', () => {
    expect(lonelyCommand('moltnetx send', 'linux')).toBe('moltnetx')
    expect(lonelyCommand('./moltnet send', 'linux')).toBe('./moltnet')
  })

  test('the quotes of Windows shells protect nothing', () => {
    expect(lonelyCommand(`moltnet send --text 'a & del x'`, 'win32')).toBeUndefined()
    expect(lonelyCommand('moltnet send --text "%TOKEN%"', 'win32')).toBeUndefined()
    expect(lonelyCommand('moltnet send --text hello', 'win32')).toBe('moltnet')
  })
})
