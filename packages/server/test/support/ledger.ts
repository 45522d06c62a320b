import type { Delivery, DeliveryPage, Wake, WakePage } from '@moltnet/protocol'
import type { TestServer } from './start-server.ts'
import { eventually } from './wait.ts'

/** What the ledger says about a message, by agent. */
export async function deliveries(
  server: TestServer,
  messageId: string,
  token?: string,
): Promise<Record<string, Delivery>> {
  const { status, body } = await server.json<DeliveryPage>(`/v1/messages/${messageId}/deliveries`, { token })
  if (status !== 200) throw new Error(`no ledger: ${status} ${JSON.stringify(body)}`)
  return Object.fromEntries(body.deliveries.map((delivery) => [delivery.agent_id, delivery]))
}

/** The names of the steps of a delivery. */
export function stepsOf(delivery: Delivery | undefined): string[] {
  return delivery?.steps.map(({ step }) => step) ?? []
}

/** Waits until a message is in a state for an agent. */
export async function delivered(
  server: TestServer,
  o: { id: string; agent: string; state: string },
): Promise<Delivery> {
  let found: Delivery | undefined
  await eventually(async () => {
    found = (await deliveries(server, o.id))[o.agent]
    return found?.state === o.state
  }, `${o.id} is ${o.state} for ${o.agent}`)
  return found as Delivery
}

/** A list of wakes; `path` with its query. */
export async function wakesOf(server: TestServer, path: string, token?: string): Promise<Wake[]> {
  const { status, body } = await server.json<WakePage>(path, { token })
  if (status !== 200) throw new Error(`no wakes: ${status} ${JSON.stringify(body)}`)
  return body.wakes
}
