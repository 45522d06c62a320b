import type { Server } from 'bun'
import type { HttpDeps } from './deps.ts'

/** Answers one request; undefined only when the request became a WebSocket. */
export type HttpHandler = (
  request: Request,
  server: Server<unknown>,
) => Response | undefined | Promise<Response | undefined>

/** Makes the `fetch` handler of `Bun.serve`. */
export type CreateHttpHandler = (deps: HttpDeps) => HttpHandler
