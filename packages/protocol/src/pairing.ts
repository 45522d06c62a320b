import { z } from 'zod'
import { PairingId } from './ids.ts'

/** State of a pairing as last seen. */
export const PairingStatus = z.enum(['connected', 'degraded', 'incompatible', 'error', 'unknown'])
export type PairingStatus = z.infer<typeof PairingStatus>

/** What the last compatibility check found. */
export const PairingDiagnostics = z.object({
  checked_at: z.string().optional(),
  remote_version: z.string().optional(),
  remote_network_id: z.string().optional(),
  remote_protocols: z.record(z.string(), z.array(z.string())).optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
})
export type PairingDiagnostics = z.infer<typeof PairingDiagnostics>

/** A paired network. The token never leaves the server. */
export const Pairing = z.object({
  id: PairingId,
  remote_network_id: z.string(),
  remote_network_name: z.string().optional(),
  remote_base_url: z.string().optional(),
  status: PairingStatus,
  diagnostics: PairingDiagnostics.optional(),
})
export type Pairing = z.infer<typeof Pairing>
