import { MoltnetError } from '@moltnet/protocol'
import type { Delivery, DeliveryDeps, Presence } from './delivery-port.ts'

/** Who is attached; nobody can attach yet. */
export function createPresence(): Presence {
  return { isConnected: () => false }
}

/** Live delivery; refuses everything until it is built. */
export function createDelivery(_deps: DeliveryDeps): Delivery {
  const refuse = (): never => {
    throw new MoltnetError('service_unavailable', 'live delivery is not there')
  }
  return {
    attach: { upgrade: refuse },
    streams: { open: refuse },
    websocket: { message() {} },
    stats: {
      attachments: 0,
      sockets: 0,
      streams: 0,
      consumers: 0,
      pendingWakes: 0,
      framesSent: 0,
      redeliveries: 0,
      stalled: 0,
      deliverySeconds: { sum: 0, count: 0 },
    },
    async start() {},
    disconnectAgent() {},
    async stop() {},
  }
}
