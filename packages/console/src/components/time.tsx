import { Store, useStore } from '../data/store.ts'
import { fullTime, timeAgo } from '../messages/time.ts'

/** How often times are written anew, in milliseconds: they say minutes. */
const TICK_MS = 20_000

const now = new Store(Date.now())
setInterval(() => now.set(Date.now()), TICK_MS)

/** The time, which moves on while it is shown. Milliseconds since 1970. */
function useNow(): number {
  return Math.max(useStore(now), Date.now() - TICK_MS)
}

/** How long ago something was; the full time is its tooltip. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fullTime(at)} className="ago">
      {timeAgo(at, useNow())}
    </time>
  )
}
