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

/** The colours are those of the console's own design. */
export const SIGN_IN_STYLE = `:root {
  color-scheme: light dark;
  --ground: light-dark(oklch(0.962 0.007 78), oklch(0.172 0.009 265));
  --card: light-dark(oklch(1 0 0), oklch(0.243 0.012 265));
  --line: light-dark(oklch(0.895 0.01 78), oklch(0.312 0.014 265));
  --edge: light-dark(oklch(0.595 0.015 78), oklch(0.56 0.02 265));
  --ink: light-dark(oklch(0.245 0.018 265), oklch(0.935 0.006 85));
  --quiet: light-dark(oklch(0.455 0.018 265), oklch(0.755 0.012 265));
  --fill: light-dark(oklch(0.525 0.175 32), oklch(0.755 0.13 38));
  --on-fill: light-dark(oklch(1 0 0), oklch(0.19 0.03 35));
  --ring: light-dark(oklch(0.55 0.19 255), oklch(0.78 0.13 240));
  font: 15px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); }
main { width: min(25rem, calc(100vw - 2rem)); padding: 1.75rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
h1 { margin: 0 0 0.25rem; font-size: 1.25rem; }
p { margin: 0; color: var(--quiet); }
form { display: grid; gap: 0.5rem; margin-block: 1.25rem; }
label { font-weight: 600; }
input, button { min-height: 2.5rem; padding: 0.4rem 0.75rem; border: 1px solid var(--edge); border-radius: 8px; font: inherit; }
input { background: var(--card); color: inherit; font-size: 16px; }
button { border-color: transparent; background: var(--fill); color: var(--on-fill); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
`
