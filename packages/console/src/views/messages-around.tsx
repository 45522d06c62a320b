import { pairingAliases } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useAgents, useNetwork } from '../data/hooks.ts'
import { MapLookup } from '../data/map-lookup.ts'
import type { ConsoleModel } from '../data/model.ts'
import { type AgentFace, MessageProvider, type MessageSurroundings } from '../messages/message-context.ts'
import { pathOf, routeOfFqid } from '../navigation/routes.ts'

/** Gives messages what they show of the network around them. */
export function MessagesAround({ model, children }: { model: ConsoleModel; children: ReactNode }) {
  const { network, rights, ledger } = model
  const agents = useAgentFaces()
  const aliases = useAliases(model)
  const surroundings = useMemo<MessageSurroundings>(
    () => ({
      networkId: network.id,
      agents,
      ...(aliases.length > 0 && { aliases }),
      ...(rights.observe && { deliveries: ledger }),
      ...(rights.operate && {
        actOnWake: async (wakeId, action) => {
          await model.actOnWake(wakeId, action)
        },
      }),
      hrefOf: (fqid) => {
        const route = routeOfFqid(fqid, network.id)
        return route === undefined ? undefined : pathOf(route)
      },
    }),
    [network.id, agents, aliases, rights, ledger, model],
  )
  return <MessageProvider value={surroundings}>{children}</MessageProvider>
}

function useAgentFaces(): MapLookup<AgentFace> {
  const [lookup] = useState(
    () => new MapLookup<AgentFace>((a, b) => a.name === b.name && a.connected === b.connected),
  )
  const { data } = useAgents()
  useEffect(() => {
    const faces = (data ?? []).map(({ fqid, id, name, connected }): [string, AgentFace] => [
      fqid,
      { name: name ?? id, connected },
    ])
    lookup.replace(new Map(faces))
  }, [lookup, data])
  return lookup
}

type Aliases = NonNullable<MessageSurroundings['aliases']>

/** What paired networks may be called in mentions. */
function useAliases({ queries, rights }: ConsoleModel): Aliases {
  const { capabilities } = useNetwork()
  const enabled = capabilities?.pairings === true && rights.observe
  const { data } = useQuery({ ...queries.pairings, enabled })
  return useMemo(() => pairingAliases(data ?? []), [data])
}
