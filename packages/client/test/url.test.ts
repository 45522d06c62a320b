import { describe, expect, test } from 'bun:test'
import { isLoopback, webSocketUrl } from '../src/url.ts'

describe('loopback', () => {
  test.each([
    'http://localhost:1',
    'http://a.localhost',
    'http://127.0.0.1',
    'http://127.9.9.9:80/x',
    'http://[::1]:80',
    // The URL parser makes 127.0.0.1 of this one.
    'http://2130706433/',
  ])('%s is this machine', (url) => {
    expect(isLoopback(url)).toBe(true)
  })
  test.each([
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://128.0.0.1',
    'http://[::2]',
  ])('%s is not', (url) => {
    expect(isLoopback(url)).toBe(false)
  })
})

test('the WebSocket form keeps security, host, port and path', () => {
  expect(webSocketUrl('http://http.example:80/http/x')).toBe('ws://http.example:80/http/x')
  expect(webSocketUrl('https://host/v1')).toBe('wss://host/v1')
})
