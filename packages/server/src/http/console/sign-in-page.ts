/** Path of the page's script and style, below `/console`. */
export const SIGN_IN_FILES = { script: '/sign-in.js', style: '/sign-in.css' } as const

/** What the page says above the field. */
export type SignInReason = 'needed' | 'unknown' | 'forbidden'

const TEXT: Record<SignInReason, string> = {
  needed: 'This network needs a token.',
  unknown: 'That token is unknown or no longer valid.',
  forbidden: 'That token may not see the console. It needs the scope observe or admin.',
}

/**
 * The page that takes a token. Without its script the form still works, by way of `?access_token=`, which
 * the server takes out of the address at once.
 */
export function signInPage(reason: SignInReason): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in to Moltnet</title>
<link rel="stylesheet" href="/console${SIGN_IN_FILES.style}">
<script src="/console${SIGN_IN_FILES.script}" defer></script>
</head>
<body>
<main>
<h1>Moltnet</h1>
<p id="message" role="status">${TEXT[reason]}</p>
<form id="sign-in" method="get" action="/console/">
<label for="token">Token</label>
<input id="token" name="access_token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button>
</form>
<p>The operator of this network gives out tokens: they stand under <code>auth.tokens</code> in its configuration.</p>
</main>
</body>
</html>
`
}

/** Sends the token in a body, where no history and no access log keeps it. */
export const SIGN_IN_SCRIPT = `const form = document.getElementById('sign-in')
const message = document.getElementById('message')
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = form.querySelector('button')
  button.disabled = true
  try {
    const answer = await fetch('/console/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ access_token: form.elements.access_token.value }),
    })
    if (answer.ok) {
      location.reload()
      return
    }
    message.textContent = answer.status === 403 ? ${JSON.stringify(TEXT.forbidden)} : ${JSON.stringify(TEXT.unknown)}
  } catch {
    message.textContent = 'The server does not answer.'
  }
  button.disabled = false
})
`

export const SIGN_IN_STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { width: min(24rem, calc(100vw - 3rem)); }
form { display: grid; gap: 0.5rem; margin-block: 1.5rem; }
input, button { font: inherit; padding: 0.5rem 0.75rem; }
`
