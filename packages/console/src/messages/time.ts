const DAY_MS = 86_400_000

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
const dayWithYear = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })

/** `14:05`, in the viewer's time zone. */
export function clockTime(at: string): string {
  return said(at, clock)
}

/** `14:05:09` */
export function clockTimeWithSeconds(at: string): string {
  return said(at, clockWithSeconds)
}

/** `Monday, 30 November 2026 at 14:05:09` */
export function fullTime(at: string): string {
  return said(at, full)
}

/** `Today`, `Yesterday`, `Monday 30 November`, or with the year when it is another one. */
export function dayName(at: string, now: number): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return at
  const today = startOfDay(new Date(now))
  const then = startOfDay(date)
  if (then === today) return 'Today'
  // Noon, because days of a change of clocks have 23 or 25 hours.
  if (then === startOfDay(new Date(today - DAY_MS / 2))) return 'Yesterday'
  return date.getFullYear() === new Date(now).getFullYear() ? day.format(date) : dayWithYear.format(date)
}

/** Whether two times are of the same day in the viewer's time zone. */
export function sameDay(left: string, right: string): boolean {
  return startOfDay(new Date(left)) === startOfDay(new Date(right))
}

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago` */
export function timeAgo(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000)
  if (Number.isNaN(minutes)) return at
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  return `${days} day${days === 1 ? '' : 's'} ago`
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

function said(at: string, format: Intl.DateTimeFormat): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : format.format(date)
}
