import type { ModelAnswer, ModelMessage, ModelRequest } from './fake-model.ts'

interface Content {
  role?: string
  parts?: { text?: string; functionResponse?: unknown }[]
}

/** Reads the body of a Gemini `generateContent` request. */
export function geminiRequest(body: unknown): ModelRequest {
  const { contents = [], tools = [] } = body as {
    contents?: Content[]
    tools?: { functionDeclarations?: { name: string }[] }[]
  }
  return {
    messages: contents.map(entry),
    tools: tools.flatMap((tool) => (tool.functionDeclarations ?? []).map((one) => one.name)),
  }
}

function entry({ role, parts = [] }: Content): ModelMessage {
  const response = parts.find((part) => part.functionResponse !== undefined)
  if (response !== undefined) return { role: 'tool', text: JSON.stringify(response.functionResponse) }
  const text = parts.map((part) => part.text ?? '').join('\n')
  return { role: role === 'model' ? 'assistant' : 'user', text }
}

/** A Gemini answer, streamed as one event or whole. */
export function geminiAnswer(answer: ModelAnswer, stream: boolean): Response {
  const part =
    answer.kind === 'text'
      ? { text: answer.text }
      : { functionCall: { name: answer.tool, args: { command: answer.command, description: 'run' } } }
  const body = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    modelVersion: 'fake-1',
  }
  if (!stream) return Response.json(body)
  return new Response(`data: ${JSON.stringify(body)}\n\n`, {
    headers: { 'content-type': 'text/event-stream' },
  })
}
