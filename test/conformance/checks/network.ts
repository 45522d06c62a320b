import { v1, type Check } from '../check.ts'
import { equal, holds, matches } from '../expect.ts'
import { expectOk } from '../peers/http.ts'

/** Health and what the network says of itself. */
export const NETWORK_CHECKS: readonly Check[] = [
  v1('GET /healthz and /readyz need no credential', async (world) => {
    equal(expectOk(await world.http('GET', '/healthz'), 200, 'healthz'), { status: 'ok' }, 'healthz')
    equal(expectOk(await world.http('GET', '/readyz'), 200, 'readyz'), { status: 'ready' }, 'readyz')
  }),
  v1('every answer carries a request id, and keeps a well-formed one of the caller', async (world) => {
    const own = await world.http('GET', '/healthz')
    matches(own.headers.get('x-request-id'), /^[A-Za-z0-9._:-]{1,128}$/, 'X-Request-Id')
    const kept = await world.http('GET', '/healthz', { headers: { 'x-request-id': 'check:1.a-B_2' } })
    equal(kept.headers.get('x-request-id'), 'check:1.a-B_2', 'kept X-Request-Id')
    const replaced = await world.http('GET', '/healthz', { headers: { 'x-request-id': 'not allowed!' } })
    holds(replaced.headers.get('x-request-id') !== 'not allowed!', 'a malformed X-Request-Id is replaced')
  }),
  v1('GET /v1/network names id, protocols and capabilities', async (world) => {
    const network = expectOk(await world.operator('GET', '/v1/network'), 200, 'network')
    equal(network['id'], world.target.networkId, 'network id')
    equal(
      network['protocols'],
      { http: ['moltnet.http.v1'], attach: ['moltnet.attach.v1'], pair: ['moltnet.pair.v1'] },
      'protocols',
    )
    const capabilities = network['capabilities'] as Record<string, unknown>
    equal(capabilities['event_stream'], 'sse', 'event_stream')
    equal(capabilities['attachment_protocol'], 'websocket', 'attachment_protocol')
    equal(capabilities['message_pagination'], 'cursor', 'message_pagination')
    equal(capabilities['human_ingress'], world.target.humanIngress, 'human_ingress')
    equal(capabilities['direct_messages'], world.target.directMessages, 'direct_messages')
    equal(capabilities['public_read'] ?? false, world.target.publicRead, 'public_read')
    holds(
      typeof (network['console'] as { can_send_human?: unknown }).can_send_human === 'boolean',
      'console.can_send_human is a boolean',
    )
    holds(Array.isArray(network['warnings'] ?? []), 'warnings is a list')
  }),
  v1('answers are JSON', async (world) => {
    const answer = await world.operator('GET', '/v1/network')
    matches(answer.headers.get('content-type'), /^application\/json/, 'Content-Type')
  }),
  v1('GET /metrics is Prometheus text', async (world) => {
    const answer = await world.operator('GET', '/metrics')
    equal(answer.status, 200, 'status')
    for (const name of [
      'moltnet_http_requests_total',
      'moltnet_http_request_duration_seconds',
      'moltnet_active_attachments',
      'moltnet_store_health',
    ]) {
      holds(answer.text.includes(name), `${name} is exported`)
    }
  }),
]
