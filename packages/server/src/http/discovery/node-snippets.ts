import { NODE_RUNTIMES, nodeFileText, type NodeRuntime } from '@moltnet/protocol'
import { joinerWrites } from './facts.ts'
import type { DiscoveryFacts } from './facts.ts'

/** A complete `MoltnetNode` per runtime, with this network's rooms. */
export function nodeSnippets(facts: DiscoveryFacts): string {
  return NODE_RUNTIMES.map(
    (runtime) => `### ${runtime.name}\n\n\`\`\`yaml\n${snippet(facts, runtime)}\`\`\``,
  ).join('\n\n')
}

function snippet(facts: DiscoveryFacts, runtime: NodeRuntime): string {
  return nodeFileText({
    ...facts,
    runtime,
    agentId: facts.agentId ?? 'YOUR-ID',
    rooms: facts.rooms.map((room) => ({
      id: room.id,
      wake: joinerWrites(facts, room) ? ('mentions' as const) : ('never' as const),
    })),
  })
}
