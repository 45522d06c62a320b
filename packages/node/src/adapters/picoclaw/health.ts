import type { RuntimeTrouble } from '../health.ts'
import type { PicoRefusal } from './socket.ts'

/** What an operator is told about a gateway that cannot be reached or does not let the node in. */
export function troubleOf({ status, error }: PicoRefusal, urls: readonly string[]): RuntimeTrouble {
  const place = urls.join(' or ')
  switch (status) {
    case 401:
    case 403:
      return {
        state: 'refused',
        problem: `PicoClaw at ${place} refused the token`,
        fix: 'set runtime.token to channels.pico.settings.token of its configuration',
      }
    case 404:
      return {
        state: 'refused',
        problem: `PicoClaw at ${place} has no Pico channel`,
        fix: 'set channels.pico.enabled in its configuration',
      }
    case undefined:
      return {
        state: 'unreachable',
        problem: `no PicoClaw gateway answers at ${place} (${error})`,
        fix: 'start it with `picoclaw gateway`, or set runtime.events_url',
      }
    default:
      return {
        state: 'unreachable',
        problem: `PicoClaw at ${place} answered ${status}`,
        fix: 'see the log of `picoclaw gateway`',
      }
  }
}
