import type { Delivery, DeliveryStep } from '@moltnet/protocol'
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

/** The failures of a message's wake, once there are two. */
export function untilFailedTwice({ server, node }: Scene, messageId: string): Promise<DeliveryStep[]> {
  return until(
    async () => {
      const [delivery] = (await server.client.listDeliveries(messageId)).deliveries
      const failures = delivery?.steps.filter(({ step }) => step === 'failed')
      return failures !== undefined && failures.length >= 2 && failures
    },
    () => `the wake failed twice; node log:\n${node.log().slice(-6_000)}`,
    90_000,
  )
}
