import { describe, expect, test } from 'bun:test'
import { ERROR_CODES, MoltnetError } from '@moltnet/protocol'
import type { ErrorCode } from '@moltnet/protocol'
import { asMoltnetError, problem } from '../../src/http/problem.ts'
import { StoreFailed } from '../../src/store/port.ts'

describe('an error', () => {
  const internal = 'SQLITE_FULL in /var/lib/moltnet/moltnet.db'

  test('below 500 says what it is about, above it only its status', async () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const { status } = ERROR_CODES[code]
      const answer = problem(new MoltnetError(code, internal), 'req_1')
      expect(answer.status).toBe(status)
      const body = (await answer.json()) as { error: string }
      expect(body).toEqual({ error: expect.any(String), code, request_id: 'req_1' } as never)
      if (status < 500) expect(body.error).toBe(internal)
      else expect(body.error).not.toContain('SQLITE')
    }
  })

  test('that nobody expected is an internal server error and nothing more', async () => {
    for (const thrown of [new Error(internal), new TypeError(internal), internal, undefined]) {
      const answer = problem(asMoltnetError(thrown), 'req_1')
      expect(answer.status).toBe(500)
      expect(await answer.json()).toMatchObject({ error: 'internal server error', code: 'internal_error' })
    }
  })

  test('of the store is 503', async () => {
    for (const reason of ['unavailable', 'failed', 'closed'] as const) {
      const answer = problem(asMoltnetError(new StoreFailed(reason, internal)), 'req_1')
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ error: 'service unavailable' })
    }
  })

  test('with a time to wait rounds it up to whole seconds', () => {
    const after = (retryAfterSeconds?: number) =>
      problem(new MoltnetError('rate_limited', 'slow down', { retryAfterSeconds }), 'r').headers.get(
        'retry-after',
      )
    expect([after(0.01), after(1), after(1.2), after()]).toEqual(['1', '1', '2', null])
  })
})
