import { createHash, createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'

/** What a gateway answers to a `connect` that it does not let in. */
export interface Refusal {
  error: {
    code: string
    message: string
    details?: Record<string, unknown>
    retryable?: boolean
    retryAfterMs?: number
  }
  close?: number
}

/** `params` of `connect`: every unknown key is refused. */
export const Connect = z.strictObject({
  minProtocol: z.int(),
  maxProtocol: z.int(),
  client: z.strictObject({
    id: z.enum([
      'webchat-ui',
      'openclaw-control-ui',
      'openclaw-tui',
      'cli',
      'gateway-client',
      'node-host',
      'test',
    ]),
    displayName: z.string().optional(),
    version: z.string().min(1),
    platform: z.string().min(1),
    deviceFamily: z.string().optional(),
    mode: z.enum(['webchat', 'cli', 'ui', 'backend', 'node', 'worker', 'probe', 'test']),
  }),
  role: z.string(),
  scopes: z.array(z.string()),
  auth: z.strictObject({ token: z.string().optional(), password: z.string().optional() }).optional(),
  device: z
    .strictObject({
      id: z.string(),
      publicKey: z.string(),
      signature: z.string(),
      signedAt: z.int(),
      nonce: z.string(),
    })
    .optional(),
})

/** DER form of an Ed25519 public key, before its 32 bytes. */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const SKEW_MS = 120_000

/** Checks the proof of a device against the challenge; undefined when it holds. */
export function checkDevice(
  { device, client, role, scopes, auth }: z.infer<typeof Connect>,
  challenge: { nonce: string },
): Refusal | undefined {
  if (device === undefined) return undefined
  const raw = Buffer.from(device.publicKey, 'base64url')
  if (createHash('sha256').update(raw).digest('hex') !== device.id) return refusal('DEVICE_ID_MISMATCH')
  if (device.nonce !== challenge.nonce) return refusal('NONCE_MISMATCH')
  if (Math.abs(Date.now() - device.signedAt) > SKEW_MS) return refusal('SIGNATURE_EXPIRED')
  const family = client.deviceFamily?.trim().toLowerCase() ?? ''
  const platform = client.platform.trim().toLowerCase()
  const text = ['v3', device.id, client.id, client.mode, role, scopes.join(','), device.signedAt]
  const signed = [...text, auth?.token ?? '', device.nonce, platform, family].join('|')
  const key = createPublicKey({ key: Buffer.concat([DER_PREFIX, raw]), format: 'der', type: 'spki' })
  const holds = verify(null, Buffer.from(signed), key, Buffer.from(device.signature, 'base64url'))
  return holds ? undefined : refusal('SIGNATURE_INVALID')
}

function refusal(fault: string): Refusal {
  const details = { code: `DEVICE_AUTH_${fault}` }
  return { error: { code: 'INVALID_REQUEST', message: 'device authentication failed', details }, close: 1008 }
}
