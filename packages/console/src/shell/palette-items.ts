import { useMemo } from 'react'
import type { IconName } from '../components/icon.tsx'
import { useModel } from '../data/context.ts'
import { useAgents, useDms, useNetwork, useRooms } from '../data/hooks.ts'
import { goTo } from '../navigation/navigation.ts'
import type { Route } from '../navigation/routes.ts'
import { openDialog } from './dialogs.ts'
import type { Named } from './match.ts'
import { nextTheme } from './theme.ts'

/** An entry of the palette. */
export interface PaletteItem extends Named {
  key: string
  icon: IconName
  run: () => void
}

/** Everything that the palette offers to this viewer: places first, then actions. */
export function usePaletteItems(): PaletteItem[] {
  const { rights } = useModel()
  const { capabilities } = useNetwork()
  const rooms = useRooms().data
  const agents = useAgents().data
  const dms = useDms().data
  return useMemo(() => {
    const place = (
      key: string,
      name: string,
      o: { icon: IconName; hint: string; to: Route },
    ): PaletteItem => ({
      key,
      name,
      icon: o.icon,
      hint: o.hint,
      run: () => goTo(o.to),
    })
    return [
      ...(rooms ?? []).map(({ id, name }) =>
        place(`room:${id}`, name, {
          icon: 'room',
          hint: name === id ? 'room' : `room ${id}`,
          to: { view: 'room', id },
        }),
      ),
      ...(agents ?? []).map(({ id, name, fqid }) =>
        place(fqid, name ?? id, { icon: 'people', hint: `agent ${id}`, to: { view: 'agent', id } }),
      ),
      ...(dms ?? []).map(({ id, participant_ids: ids }) =>
        place(`dm:${id}`, ids.join(', '), { icon: 'direct', hint: 'direct channel', to: { view: 'dm', id } }),
      ),
      place('home', 'Overview', { icon: 'home', hint: 'view', to: { view: 'home' } }),
      ...(rights.observe
        ? [
            place('inbox', 'Needs you', {
              icon: 'inbox',
              hint: 'held wakes, approvals',
              to: { view: 'inbox' },
            }),
          ]
        : []),
      place('agents', 'Agents', { icon: 'agents', hint: 'view', to: { view: 'agents' } }),
      place('events', 'Events', { icon: 'events', hint: 'view', to: { view: 'events' } }),
      ...(rights.observe && capabilities?.pairings === true
        ? [place('pairings', 'Pairings', { icon: 'link', hint: 'view', to: { view: 'pairings' } })]
        : []),
      ...actions(rights),
    ]
  }, [rooms, agents, dms, rights, capabilities])
}

function actions({ administrate, speak }: { administrate: boolean; speak: boolean }): PaletteItem[] {
  const action = (name: string, icon: IconName, run: () => void): PaletteItem => ({
    key: name,
    name,
    icon,
    hint: 'action',
    run,
  })
  return [
    ...(administrate ? [action('Create a room', 'plus', () => openDialog.set('create-room'))] : []),
    ...(speak ? [action('Change as whom you speak', 'people', () => openDialog.set('speaker'))] : []),
    action('Change the theme', 'moon', nextTheme),
    action('Show the keys', 'keyboard', () => openDialog.set('help')),
  ]
}
