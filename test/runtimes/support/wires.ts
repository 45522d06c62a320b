import { anthropicAnswer, anthropicRequest } from './anthropic-wire.ts'
import { chatAnswer, chatRequest } from './chat-wire.ts'
import type { ModelAnswer, ModelRequest } from './fake-model.ts'
import { geminiAnswer, geminiRequest } from './gemini-wire.ts'
import { responsesAnswer, responsesRequest } from './responses-wire.ts'

/** How one maker's API carries requests and answers. */
export interface Wire {
  read(body: unknown): ModelRequest
  /** `stream`: the runtime asked for events. */
  write(answer: ModelAnswer, stream: boolean): Response
}

const WIRES: readonly (Wire & { path: RegExp })[] = [
  { path: /\/messages$/, read: anthropicRequest, write: anthropicAnswer },
  { path: /\/responses$/, read: responsesRequest, write: responsesAnswer },
  { path: /\/chat\/completions$/, read: chatRequest, write: chatAnswer },
  { path: /:(g|streamG)enerateContent$/, read: geminiRequest, write: geminiAnswer },
]

/** The API that a path belongs to; undefined for lists of models and the like. */
export function wireOf(path: string): Wire | undefined {
  return WIRES.find((wire) => wire.path.test(path))
}

/** Whether a request asks for its answer in events. */
export function wantsStream(path: string, body: unknown): boolean {
  return /:stream/.test(path) || (body as { stream?: boolean }).stream === true
}
