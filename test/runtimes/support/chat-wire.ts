import type { ModelAnswer, ModelMessage, ModelRequest } from './fake-model.ts'

interface Entry {
  role: string
  content?: string | { text?: string }[] | null
}

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

/** Reads the body of an OpenAI chat completions request. */
export function chatRequest(body: unknown): ModelRequest {
  const { messages = [], tools = [] } = body as {
    messages?: Entry[]
    tools?: { function: { name: string } }[]
  }
  return { messages: messages.map(entry), tools: tools.map((tool) => tool.function.name) }
}

function entry({ role, content }: Entry): ModelMessage {
  const text =
    typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n')
  const known = role === 'user' || role === 'assistant' || role === 'tool' ? role : 'other'
  return { role: known, text }
}

/** An OpenAI chat completion, streamed in chunks or whole. */
export function chatAnswer(answer: ModelAnswer, stream: boolean): Response {
  const id = crypto.randomUUID()
  const base = { id: `chatcmpl-${id}`, created: 1, model: 'fake-1' }
  const finish_reason = answer.kind === 'text' ? 'stop' : 'tool_calls'
  const message = messageOf(answer, id)
  if (!stream) {
    const choices = [{ index: 0, message, finish_reason }]
    return Response.json({ ...base, object: 'chat.completion', choices, usage: USAGE })
  }
  const chunk = (choice: object, more: object = {}) =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }], ...more })}\n\n`
  const text = [
    chunk({ delta: message, finish_reason: null }),
    chunk({ delta: {}, finish_reason }, { usage: USAGE }),
    'data: [DONE]\n\n',
  ].join('')
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
}

function messageOf(answer: ModelAnswer, id: string): object {
  if (answer.kind === 'text') return { role: 'assistant', content: answer.text }
  const args = JSON.stringify({ command: answer.command, description: 'run a command' })
  const call = { name: answer.tool, arguments: args }
  return { role: 'assistant', tool_calls: [{ index: 0, id: `call_${id}`, type: 'function', function: call }] }
}
