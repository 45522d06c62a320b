import { useEffect } from 'react'
import { useDms, useNetwork, useRooms } from '../data/hooks.ts'
import type { Route } from '../navigation/routes.ts'

/** Keeps the title of the page to where it is. */
export function useTitle(route: Route): void {
  const network = useNetwork()
  const rooms = useRooms().data ?? []
  const dms = useDms().data ?? []
  const place = placeName(route, {
    room: (id) => rooms.find((room) => room.id === id)?.name ?? id,
    dm: (id) => dms.find((dm) => dm.id === id)?.participant_ids.join(', ') ?? id,
  })
  const title = `${place} · ${network.name ?? network.id}`
  useEffect(() => {
    document.title = title
  }, [title])
}

/** What a place is called. */
function placeName(
  route: Route,
  names: { room: (id: string) => string; dm: (id: string) => string },
): string {
  switch (route.view) {
    case 'home':
      return 'Overview'
    case 'inbox':
      return 'Needs you'
    case 'events':
      return 'Events'
    case 'pairings':
      return 'Pairings'
    case 'agents':
      return 'Agents'
    case 'agent':
      return route.id
    case 'new-dm':
      return `Message to ${route.agent}`
    case 'room':
    case 'room-details':
      return names.room(route.id)
    case 'thread':
    case 'reply':
      return `Thread in ${names.room(route.room)}`
    case 'dm':
      return names.dm(route.id)
    case 'unknown':
      return 'Not found'
  }
}
