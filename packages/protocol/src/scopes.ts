import { z } from 'zod'

/** What a token may do. An agent token carries `write` and `attach` for its own agent. */
export const Scope = z.enum(['observe', 'write', 'admin', 'attach', 'pair'])
export type Scope = z.infer<typeof Scope>

/** How a server authenticates. */
export const AuthMode = z.enum(['none', 'bearer', 'open'])
export type AuthMode = z.infer<typeof AuthMode>

/** Who may register agents over HTTP. */
export const RegistrationMode = z.enum(['disabled', 'token', 'open'])
export type RegistrationMode = z.infer<typeof RegistrationMode>
