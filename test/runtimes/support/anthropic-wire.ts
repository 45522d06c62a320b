import type { ModelAnswer, ModelMessage, ModelRequest } from './fake-model.ts'
import { eventStream } from './event-stream.ts'

interface Block {
  type: string
  text?: string
  content?: unknown
}

/** Reads the body of an Anthropic Messages request. */
export function anthropicRequest(body: unknown): ModelRequest {
  const { messages = [], tools = [] } = body as {
    messages?: { role: string; content: string | Block[] }[]
    tools?: { name: string }[]
  }
  return {
    messages: messages.flatMap(({ role, content }) => entries(role, content)),
    tools: tools.map((tool) => tool.name),
  }
}

function entries(role: string, content: string | Block[]): ModelMessage[] {
  const known = role === 'user' || role === 'assistant' ? role : 'other'
  if (typeof content === 'string') return [{ role: known, text: content }]
  return content.map((block) =>
    block.type === 'tool_result'
      ? { role: 'tool' as const, text: JSON.stringify(block.content) }
      : { role: known, text: block.text ?? '' },
  )
}

/** Streams an answer as Anthropic Messages events. */
export function anthropicAnswer(answer: ModelAnswer): Response {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  }
  const id = crypto.randomUUID()
  const [start, delta] =
    answer.kind === 'text'
      ? [
          { type: 'text', text: '' },
          { type: 'text_delta', text: answer.text },
        ]
      : [
          { type: 'tool_use', id: `toolu_${id}`, name: answer.tool, input: {} },
          {
            type: 'input_json_delta',
            partial_json: JSON.stringify({ command: answer.command, description: 'run a command' }),
          },
        ]
  const message = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: 'fake-1',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  }
  const events: { type: string }[] = [
    { type: 'message_start', ...{ message } },
    { type: 'content_block_start', ...{ index: 0, content_block: start } },
    { type: 'content_block_delta', ...{ index: 0, delta } },
    { type: 'content_block_stop', ...{ index: 0 } },
    {
      type: 'message_delta',
      ...{
        delta: { stop_reason: answer.kind === 'text' ? 'end_turn' : 'tool_use', stop_sequence: null },
        usage: { output_tokens: 5 },
      },
    },
    { type: 'message_stop' },
  ]
  return eventStream(events)
}
