import { describe, expect, test } from 'bun:test'
import { createAddressSet, isLoopback, normalizeAddress, rateKey } from '../../src/http/network-address.ts'

test('an IPv4 address in IPv6 form is the IPv4 address', () => {
  expect(normalizeAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(normalizeAddress('FE80::1%eth0')).toBe('fe80::1')
})

test('loopback is 127.0.0.0/8 and ::1', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '::2'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})

describe('an address set', () => {
  const has = createAddressSet([
    '10.0.0.0/8',
    '192.168.1.7',
    '2001:db8::/32',
    '::1',
    '0.0.0.0/32',
    '::ffff:172.16.0.1',
  ])
  const cases: [string, boolean][] = [
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['192.168.1.7', true],
    ['192.168.1.8', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::1', false],
    ['::1', true],
    ['172.16.0.1', true],
    ['', false],
    ['10.0.0.1.evil', false],
  ]
  for (const [address, inside] of cases)
    test(`${address || 'nothing'}: ${inside}`, () => expect(has(address)).toBe(inside))

  test('a block of everything has every address of its family', () => {
    const all = createAddressSet(['0.0.0.0/0'])
    expect([all('8.8.8.8'), all('::1')]).toEqual([true, false])
  })
})

test('one IPv6 customer is one client, whatever the last 64 bits', () => {
  expect(rateKey('2001:db8:1:2::1')).toBe(rateKey('2001:db8:1:2:ffff::9'))
  expect(rateKey('2001:db8:1:2::1')).not.toBe(rateKey('2001:db8:1:3::1'))
  expect(rateKey('10.0.0.1')).toBe('10.0.0.1')
})
