import { wantsStream, wireOf } from './wires.ts'

/** One entry of a conversation as the model sees it. */
export interface ModelMessage {
  role: 'user' | 'assistant' | 'tool' | 'other'
  text: string
}

/** What a runtime asked of the model. */
export interface ModelRequest {
  messages: ModelMessage[]
  tools: string[]
}

/** What the model answers. */
export type ModelAnswer = { kind: 'text'; text: string } | { kind: 'tool'; tool: string; command: string }

/** Answers by phrases: a shell command that is run first, and the text at the end, `ok` by default. */
export type Cues = Readonly<Record<string, { run?: string; say?: string }>>

/** A model on loopback that obeys directives in the newest wake; no intelligence, no network. */
export interface FakeModel extends AsyncDisposable {
  url: string
  requests: readonly ModelRequest[]
  /** Resolves with the first request, from now or before, that satisfies `wanted`; rejects after 60 s. */
  untilAsked(wanted: (request: ModelRequest) => boolean): Promise<ModelRequest>
  /** Lets every answer go on that a `@wait` directive holds back. */
  release(): void
}

const WAIT_MS = 60_000
const SHELL_TOOLS = [
  'Bash',
  'bash',
  'exec_command',
  'shell_command',
  'shell',
  'local_shell',
  'run_shell_command',
]

/**
 * Starts the model. Directives, anywhere in the newest wake: `@say:{text}` answers with the text,
 * `@tool:{command}` first runs a shell command, `@fail=400` answers with that status, `@wait` holds the
 * answer until {@link FakeModel.release}. Without a directive it answers `ok`. A wake that has the phrase of
 * a cue is answered as the cue says instead.
 */
export function startFakeModel(cues: Cues = {}): FakeModel {
  const requests: ModelRequest[] = []
  const watchers = new Set<() => void>()
  let release: () => void = () => {}
  let released = new Promise<void>((resolve) => {
    release = resolve
  })
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 120,
    fetch: async (request) => {
      const path = new URL(request.url).pathname
      const wire = wireOf(path)
      if (wire === undefined) return Response.json({ data: [{ id: 'fake-1', object: 'model' }], models: [] })
      const body: unknown = await request.json()
      const asked = wire.read(body)
      requests.push(asked)
      for (const watcher of watchers) watcher()
      const wake = newestWake(asked)
      const status = /@fail=(\d{3})/.exec(wake)?.[1]
      if (status) return failure(Number(status))
      if (/@wait\b/.test(wake)) await released
      return wire.write(answerTo(asked, wake, cues), wantsStream(path, body))
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    untilAsked: (wanted) => until(requests, watchers, wanted),
    release() {
      release()
      released = Promise.resolve()
    },
    async [Symbol.asyncDispose]() {
      release()
      await server.stop(true)
    },
  }
}

/** The newest user entry that a Moltnet wake made; runtimes add entries of their own around it. */
export function newestWake(request: ModelRequest): string {
  return (
    request.messages.findLast(
      (message) => message.role === 'user' && message.text.includes('Channel: moltnet'),
    )?.text ?? ''
  )
}

function answerTo(request: ModelRequest, wake: string, cues: Cues): ModelAnswer {
  const phrase = Object.keys(cues).find((candidate) => wake.includes(candidate))
  const cue = phrase === undefined ? directivesOf(wake) : cues[phrase]
  const afterTool =
    request.messages.findLast(
      (message) => message.role === 'tool' || message.text.includes('Channel: moltnet'),
    )?.role === 'tool'
  const tool = SHELL_TOOLS.find((name) => request.tools.includes(name))
  const command = cue?.run
  if (command !== undefined && tool !== undefined && !afterTool) return { kind: 'tool', tool, command }
  return { kind: 'text', text: cue?.say ?? 'ok' }
}

function directivesOf(wake: string): Cues[string] {
  const [run, say] = [/@tool:\{([^}]*)\}/.exec(wake)?.[1], /@say:\{([^}]*)\}/.exec(wake)?.[1]]
  return { ...(run !== undefined && { run }), ...(say !== undefined && { say }) }
}

function failure(status: number): Response {
  const type = status === 401 ? 'authentication_error' : 'invalid_request_error'
  return Response.json(
    { type: 'error', error: { type, message: `the fake model fails with ${status}`, code: status } },
    { status },
  )
}

function until(
  requests: readonly ModelRequest[],
  watchers: Set<() => void>,
  wanted: (request: ModelRequest) => boolean,
): Promise<ModelRequest> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      watchers.delete(look)
      reject(
        new Error(`the model was not asked that in ${WAIT_MS / 1000} s; it saw ${requests.length} requests`),
      )
    }, WAIT_MS)
    const look = () => {
      const found = requests.find(wanted)
      if (!found) return
      clearTimeout(timer)
      watchers.delete(look)
      resolve(found)
    }
    watchers.add(look)
    look()
  })
}
