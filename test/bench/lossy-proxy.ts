/** A TCP proxy in front of a server. */
export interface LossyProxy extends AsyncDisposable {
  readonly port: number
  /** Frames that were taken out. */
  dropped(): number
}

/** The two ends of one connection. */
interface Link {
  server: Bun.Socket<undefined> | undefined
  /** What came before the server was reached. */
  early: Buffer[]
}

/** Forwards everything but the first frame with a message, of whichever connection has it first. */
export function dropOneMessage(serverPort: number): LossyProxy {
  let dropped = 0
  const filter = (chunk: Buffer): Buffer => {
    if (dropped > 0) return chunk
    const end = messageFrame(chunk)
    if (end === undefined) return chunk
    dropped += 1
    return chunk.subarray(end)
  }
  const listener = Bun.listen<Link>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(client) {
        client.data = { server: undefined, early: [] }
        void Bun.connect({
          hostname: '127.0.0.1',
          port: serverPort,
          socket: {
            open(server) {
              client.data.server = server
              for (const chunk of client.data.early) server.write(chunk)
            },
            data: (_server, chunk) => void client.write(filter(chunk)),
            close: () => void client.end(),
          },
        })
      },
      data(client, chunk) {
        if (client.data.server === undefined) client.data.early.push(Buffer.from(chunk))
        else client.data.server.write(chunk)
      },
      close: (client) => void client.data.server?.end(),
    },
  })
  return {
    port: listener.port,
    dropped: () => dropped,
    async [Symbol.asyncDispose]() {
      listener.stop(true)
    },
  }
}

/** Where the first frame of a chunk ends, when it is whole and carries a message. */
function messageFrame(chunk: Buffer): number | undefined {
  // A text frame of 126 bytes or more, and less than 64 KiB.
  if (chunk.length < 4 || chunk[0] !== 0x81 || chunk[1] !== 126) return undefined
  const end = 4 + chunk.readUInt16BE(2)
  return chunk.subarray(0, end).includes('"type":"message.created"') && chunk.length >= end ? end : undefined
}
