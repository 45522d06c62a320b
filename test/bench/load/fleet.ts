import { attachAll, type LoadAttachment } from './attachments.ts'
import { FrameCounter } from './frame-counter.ts'
import type { LoadParameters } from './parameters.ts'
import { openRawAttachment } from './raw-attachment.ts'

/**
 * Time until the last of the attachments is READY. They stay open; each line on stdin asks for something:
 * `storm` cuts all of them and has all return at once, a number waits for that many messages at each.
 */
export async function fleet(p: LoadParameters): Promise<void> {
  const counter = new FrameCounter()
  const started = performance.now()
  let open = await attachAll(p, counter)
  const connectedMs = performance.now() - started
  await counter.calm()
  say({ connectedMs, failures: counter.failures.slice(0, 3) })
  for await (const line of console) {
    if (line === 'storm') {
      const cutAt = performance.timeOrigin + performance.now()
      open = await storm(p, counter, open)
      say({ cutAt, backAt: performance.timeOrigin + performance.now() })
    } else {
      say(await counter.complete(open, Number(line)))
    }
  }
  for (const attachment of open) attachment.close()
}

/** Everybody is cut, and everybody comes back at the same time, each from where it was. */
function storm(
  p: LoadParameters,
  sink: FrameCounter,
  open: readonly LoadAttachment[],
): Promise<LoadAttachment[]> {
  for (const attachment of open) attachment.close()
  return Promise.all(
    open.map((from, i) => openRawAttachment({ server: p, agentId: `agent-${i}`, sink, from })),
  )
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
