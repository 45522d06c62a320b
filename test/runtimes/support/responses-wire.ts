import type { ModelAnswer, ModelMessage, ModelRequest } from './fake-model.ts'
import { eventStream } from './event-stream.ts'

interface Item {
  type?: string
  role?: string
  content?: string | { text?: string }[]
  output?: unknown
}

/** Reads the body of an OpenAI Responses request. */
export function responsesRequest(body: unknown): ModelRequest {
  const { input = [], tools = [] } = body as {
    input?: string | Item[]
    tools?: { name?: string; type: string }[]
  }
  const items: Item[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  return { messages: items.map(entry), tools: tools.map((tool) => tool.name ?? tool.type) }
}

function entry(item: Item): ModelMessage {
  if (item.type?.endsWith('_output')) return { role: 'tool', text: JSON.stringify(item.output) }
  const role = item.role === 'user' || item.role === 'assistant' ? item.role : 'other'
  const text =
    typeof item.content === 'string'
      ? item.content
      : (item.content ?? []).map((part) => part.text ?? '').join('\n')
  return { role, text }
}

/** Streams an answer as OpenAI Responses events. */
export function responsesAnswer(answer: ModelAnswer): Response {
  const id = crypto.randomUUID()
  const item = answer.kind === 'text' ? textItem(id, answer.text) : callItem(id, answer)
  const base = { id: `resp_${id}`, object: 'response', created_at: 1, model: 'fake-1' }
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 15,
  }
  const events = [
    { type: 'response.created', response: { ...base, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress' } },
    ...(answer.kind === 'text'
      ? [
          {
            type: 'response.output_text.delta',
            item_id: item.id,
            output_index: 0,
            content_index: 0,
            delta: answer.text,
          },
        ]
      : []),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...base, status: 'completed', output: [item], usage } },
  ]
  return eventStream(events.map((event, sequence_number) => ({ ...event, sequence_number })))
}

function textItem(id: string, text: string) {
  return {
    type: 'message',
    id: `msg_${id}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

function callItem(id: string, answer: { tool: string; command: string }) {
  const parameters: Record<string, unknown> =
    answer.tool === 'exec_command'
      ? { cmd: answer.command }
      : answer.tool === 'shell'
        ? { command: ['bash', '-lc', answer.command] }
        : { command: answer.command }
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    name: answer.tool,
    arguments: JSON.stringify(parameters),
    status: 'completed',
  }
}
