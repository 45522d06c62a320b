import { HttpError, type HttpClient } from '@moltnet/client'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { sayError } from '../messages/outbox.ts'

interface SignInProps {
  client: HttpClient
  /** Undefined where something around it says what it is for. */
  title?: string
  onSignedIn: () => void
}

/** Takes a token and makes a session of it; the token itself is not kept anywhere. */
export function SignIn({ client, title, onSignedIn }: SignInProps) {
  const [token, setToken] = useState('')
  const [error, setError] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await client.startConsoleSession(token.trim())
      onSignedIn()
    } catch (reason) {
      setError(explain(reason))
    }
    setBusy(false)
  }
  return (
    <form
      className="sign-in"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {title === undefined ? null : <h1>{title}</h1>}
      <p>Its operator gives out tokens: they stand under auth.tokens in the configuration of the server.</p>
      <Field label="Token" error={error} hint="The scope observe shows everything, write lets you speak.">
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="password"
            autoComplete="current-password"
            value={token}
            required
            onChange={(event) => setToken(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" kind="primary" disabled={isBusy || token.trim() === ''}>
        {isBusy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}

function explain(error: unknown): string {
  if (!(error instanceof HttpError)) return sayError(error)
  if (error.status === 401) return 'That token is unknown or no longer valid.'
  if (error.status === 403) return 'That token may not see the console. It needs the scope observe or admin.'
  return error.message
}
