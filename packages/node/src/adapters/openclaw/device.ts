import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { readJsonFile, replaceFile } from '../../state/files.ts'

/** What a gateway challenges a client with. */
export interface DeviceChallenge {
  nonce: string
  /** The gateway's clock, which the signature is dated by: ours may be wrong. */
  ts: number
}

/** What the signature covers besides the challenge. */
export interface SignedClient {
  clientId: string
  clientMode: string
  role: string
  scopes: readonly string[]
  /** The token that is sent along; empty for none. */
  token: string
  platform: string
}

/** `device` of a `connect`. */
export interface DeviceProof {
  id: string
  publicKey: string
  signature: string
  signedAt: number
  nonce: string
}

const DeviceFile = z.object({ version: z.literal(1), private_key: z.string() })

/** This node as a device that a gateway can approve: an Ed25519 key that stays the same over restarts. */
export class DeviceIdentity {
  readonly id: string
  readonly #privateKey: KeyObject
  readonly #publicKey: Buffer

  private constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey
    this.#publicKey = rawPublicKey(privateKey)
    this.id = createHash('sha256').update(this.#publicKey).digest('hex')
  }

  /** The device that this node is already, when it has a key that can be read. */
  static find(path: string): DeviceIdentity | undefined {
    const kept = readJsonFile(path, DeviceFile)
    const key = kept && readKey(kept.private_key)
    return key && new DeviceIdentity(key)
  }

  /** Reads the key, or makes one (0600). One that cannot be read is replaced, and has to be approved anew. */
  static open(path: string): DeviceIdentity {
    const known = DeviceIdentity.find(path)
    if (known !== undefined) return known
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    replaceFile(path, `${JSON.stringify({ version: 1, private_key: pem })}\n`)
    return new DeviceIdentity(privateKey)
  }

  /** Proves, with a signature of version 3, that this device answers the challenge. */
  prove({ nonce, ts }: DeviceChallenge, client: SignedClient): DeviceProof {
    const { clientId, clientMode, role, scopes, token, platform } = client
    // The last field is the device family, which a node has none of.
    const fields = [
      'v3',
      this.id,
      clientId,
      clientMode,
      role,
      scopes.join(','),
      ts,
      token,
      nonce,
      platform,
      '',
    ]
    return {
      id: this.id,
      publicKey: this.#publicKey.toString('base64url'),
      signature: sign(null, Buffer.from(fields.join('|')), this.#privateKey).toString('base64url'),
      signedAt: ts,
      nonce,
    }
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** The 32 bytes of the key itself, which stand last in its DER form. */
function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32)
}
