const VERSION = 'moltnet.attach.v1'

/** A v1 attachment of the load generator: identifies, ACKs every event, counts. */
export interface LoadAttachment {
  close(): void
}

/** What all attachments of one load share. */
export interface FrameSink {
  /** Called for every EVENT frame, before its ACK is sent. */
  onEvent(frame: string): void
  onFailure(reason: string): void
}

/** Opens an attachment and resolves at READY. */
export function openLoadAttachment(o: {
  port: number
  networkId: string
  agentId: string
  sink: FrameSink
}): Promise<LoadAttachment> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${o.port}/v1/attach`)
    let closing = false
    const attachment: LoadAttachment = {
      close() {
        closing = true
        socket.close(1000)
      },
    }
    socket.onmessage = (message) => {
      const frame = message.data as string
      // The op is read without parsing: the generator must be cheaper than what it measures.
      const op = frame.startsWith('{"op":"EVENT"') ? 'EVENT' : (JSON.parse(frame) as { op: string }).op
      if (op === 'EVENT') {
        o.sink.onEvent(frame)
        socket.send(`{"op":"ACK","cursor":"${cursorOf(frame)}"}`)
      } else if (op === 'HELLO') {
        socket.send(
          JSON.stringify({
            op: 'IDENTIFY',
            version: VERSION,
            network_id: o.networkId,
            agent: { id: o.agentId },
            capabilities: { rooms: true, threads: true, dms: true },
          }),
        )
      } else if (op === 'READY') resolve(attachment)
      else if (op === 'PING') socket.send('{"op":"PONG"}')
      else if (op === 'ERROR') o.sink.onFailure(frame)
    }
    socket.onclose = (event) => {
      if (closing) return
      o.sink.onFailure(`closed ${event.code} ${event.reason}`)
      reject(new Error(`attachment ${o.agentId} closed with ${event.code}`))
    }
  })
}

function cursorOf(frame: string): string {
  const start = frame.indexOf('"cursor":"') + 10
  return frame.slice(start, frame.indexOf('"', start))
}
