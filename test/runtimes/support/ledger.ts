import type { Delivery } from '@moltnet/protocol'
import { until } from '../../support/condition.ts'
import type { Scene } from './scene.ts'

/** What became of a message for an agent, once its turn has ended well. */
export function untilSettled(
  { server, node }: Scene,
  messageId: string,
  agent = 'worker',
): Promise<Delivery> {
  let seen: Delivery[] = []
  return until(
    async () => {
      seen = (await server.client.listDeliveries(messageId)).deliveries
      return seen.find(({ agent_id, state }) => agent_id === agent && /^(spoke|silent)$/.test(state))
    },
    () =>
      `the turn of ${agent} ended well; ledger: ${JSON.stringify(seen)}; node log:\n${node.log().slice(-6_000)}`,
    90_000,
  )
}
