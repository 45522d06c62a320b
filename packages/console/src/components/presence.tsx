/** Whether an agent is there: a filled or an empty dot, and the word for screen readers. */
export function Presence({ connected, working = false }: { connected: boolean; working?: boolean }) {
  const state = !connected ? 'offline' : working ? 'working' : 'connected'
  return (
    <span className="presence" data-state={state} title={state}>
      <span className="sr-only">{state}</span>
    </span>
  )
}
