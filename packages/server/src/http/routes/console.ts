import { MoltnetError } from '@moltnet/protocol'
import type { ErrorCode } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { CONSOLE_CSP, content, redirect } from '../answer.ts'
import { assetAnswer } from '../console/asset-answer.ts'
import { endSession, signIn } from '../console/sign-in.ts'
import { SIGN_IN_FILES, SIGN_IN_SCRIPT, SIGN_IN_STYLE, signInPage } from '../console/sign-in-page.ts'
import type { SignInReason } from '../console/sign-in-page.ts'
import type { RouteContext } from '../context.ts'
import type { ConsoleAsset } from '../deps.ts'
import type { Exchange } from '../exchange.ts'
import { asMoltnetError } from '../problem.ts'
import type { Answer, Route } from '../router.ts'

const HTML = 'text/html; charset=utf-8'
const PAGE = '/index.html'

/** Files of the token page: they are asked for by somebody without a credential, and hold nothing secret. */
const SIGN_IN_ASSETS: readonly ConsoleAsset[] = [
  {
    path: SIGN_IN_FILES.script,
    contentType: 'text/javascript; charset=utf-8',
    body: SIGN_IN_SCRIPT,
    immutable: false,
  },
  {
    path: SIGN_IN_FILES.style,
    contentType: 'text/css; charset=utf-8',
    body: SIGN_IN_STYLE,
    immutable: false,
  },
]

export function consoleRoutes(context: RouteContext): Route[] {
  const { deps } = context
  const assets = new Map([...SIGN_IN_ASSETS, ...deps.consoleAssets].map((asset) => [asset.path, asset]))
  const page = assets.get(PAGE)
  const toConsole = (pattern: string): Route => ({
    method: 'GET',
    pattern,
    caller: 'none',
    handle: ({ search }) => redirect(`/console/${search === '' ? '' : `?${search}`}`),
  })

  async function showPage(exchange: Exchange, authenticate: Authenticate): Promise<Response> {
    const token = exchange.query.get('access_token')
    if (token !== null) {
      if (deps.context.mode === 'none') return redirect(withoutToken(exchange))
      return redirect(withoutToken(exchange), { 'Set-Cookie': signIn(context, exchange, token) })
    }
    ensure(deps.context, await authenticate(), 'read', { kind: 'console' })
    if (page === undefined) throw new MoltnetError('not_found', 'this server was started without a console')
    return assetAnswer(page, exchange)
  }

  return [
    toConsole('/'),
    toConsole('/console'),
    {
      method: 'GET',
      pattern: '/console/*',
      caller: 'late',
      handle(exchange, authenticate): Answer {
        const asset = assets.get(`/${exchange.param(0)}`)
        // The files are the same in every copy of the program; what they show is guarded by the API.
        if (asset !== undefined && asset !== page) return assetAnswer(asset, exchange)
        return showPage(exchange, authenticate).catch((error: unknown) => {
          const reason = wantsPage(exchange) ? REASONS[asMoltnetError(error).code] : undefined
          if (reason === undefined) throw error
          return signInAnswer(context, exchange, reason)
        })
      },
    },
  ]
}

type Authenticate = Parameters<Extract<Route, { caller: 'late' }>['handle']>[1]

/** What a person at a browser is told instead of an error envelope. */
const REASONS: Partial<Record<ErrorCode, SignInReason>> = { unauthorized: 'unknown', forbidden: 'forbidden' }

function signInAnswer(context: RouteContext, exchange: Exchange, reason: SignInReason): Response {
  const shown = exchange.header('authorization') !== undefined || exchange.query.has('access_token')
  const hadSession = exchange.header('cookie') !== undefined
  return content(
    signInPage(reason === 'unknown' && !shown && !hadSession ? 'needed' : reason),
    {
      'Content-Type': HTML,
      'Content-Security-Policy': CONSOLE_CSP,
      // A browser would go on sending a session that is over.
      ...(hadSession && reason === 'unknown' && { 'Set-Cookie': endSession(context, exchange) }),
    },
    reason === 'forbidden' ? 403 : 401,
  )
}

function wantsPage(exchange: Exchange): boolean {
  return exchange.header('accept')?.includes('text/html') === true
}

/** The same address without `access_token`. */
function withoutToken({ path, query }: Exchange): string {
  query.delete('access_token')
  return query.size === 0 ? path : `${path}?${query}`
}
