import { describe, expect, test } from 'bun:test'
import { ERROR_CODES, ErrorEnvelope, MoltnetError } from '../src/index.ts'
import type { ErrorCode } from '../src/index.ts'

describe('the table of errors', () => {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[]

  test.each(codes)('%s has a status, a close code that a server may send, and a use', (code) => {
    const { status, closeCode, retryable } = ERROR_CODES[code]
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(Number.isInteger(status) && status >= 400 && status <= 599).toBe(true)
    // RFC 6455 section 7.4 and the IANA registry; 1000 and 1001 would tell v1 nodes that they are done.
    expect([1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014]).toContain(closeCode)
    if (status >= 500) expect(retryable).toBe(true)
    const error = new MoltnetError(code, 'why')
    expect([error.code, error.status, error.retryable, error.message]).toEqual([
      code,
      status,
      retryable,
      'why',
    ])
    expect(ErrorEnvelope.safeParse({ error: 'why', code, request_id: 'req_1' }).success).toBe(true)
  })

  test.each([
    [400, 'bad_request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [409, 'conflict'],
    [413, 'payload_too_large'],
    [422, 'unprocessable_entity'],
    [429, 'rate_limited'],
    [500, 'internal_error'],
    [502, 'bad_gateway'],
    [503, 'service_unavailable'],
  ] as const)('gives %d to %s, as the contract says', (status, code) => {
    expect(ERROR_CODES[code].status).toBe(status)
  })

  test('keeps cause and wait of an error', () => {
    const cause = new Error('inside')
    const error = new MoltnetError('rate_limited', 'slow down', { cause, retryAfterSeconds: 7 })
    expect([error.cause, error.retryAfterSeconds, error.name]).toEqual([cause, 7, 'MoltnetError'])
    expect('cause' in new MoltnetError('not_found', 'x')).toBe(false)
  })
})
