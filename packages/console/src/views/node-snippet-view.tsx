import { type AuthMode, type Network, NODE_RUNTIMES, nodeFileText, type NodeRuntime } from '@moltnet/protocol'
import { useId, useState } from 'react'
import { useModel } from '../data/context.ts'
import { CopyButton } from '../messages/copy-button.tsx'

interface NodeSnippetProps {
  rooms: readonly string[]
  /** Undefined: one that is still to be named. */
  agentId: string | undefined
  runtime?: string | undefined
}

/** A `MoltnetNode` that is ready to be saved, for the runtime that is chosen. */
export function NodeSnippet({ rooms, agentId = 'my-agent', runtime }: NodeSnippetProps) {
  const { network, client } = useModel()
  const [chosen, setChosen] = useState(runtimeOf(runtime))
  const id = useId()
  const text = nodeFileText({
    baseUrl: client.baseUrl,
    networkId: network.id,
    mode: modeOf(network),
    agentId,
    runtime: chosen,
    rooms: rooms.map((room) => ({ id: room, wake: 'mentions' })),
    directMessages: network.capabilities?.direct_messages === true,
  })
  return (
    <div className="snippet">
      <div className="snippet-head">
        <label htmlFor={id}>Runtime</label>
        <select
          id={id}
          className="input"
          value={chosen.kind}
          onChange={({ target }) => setChosen(runtimeOf(target.value))}
        >
          {NODE_RUNTIMES.map(({ kind, name }) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
        <CopyButton text={text} label="Copy the MoltnetNode" />
      </div>
      <pre tabIndex={0} aria-label="MoltnetNode">
        <code>{text}</code>
      </pre>
      <p className="quiet">
        Save it as <code>MoltnetNode</code> and run <code>moltnet node start</code> beside it.
      </p>
    </div>
  )
}

function runtimeOf(wanted: string | undefined): NodeRuntime {
  return NODE_RUNTIMES.find(({ kind }) => kind === wanted) ?? (NODE_RUNTIMES[0] as NodeRuntime)
}

/** How a node has to show itself, as far as the network tells: nothing, a claimed token, or a static one. */
function modeOf({ session, capabilities }: Network): AuthMode {
  if (session?.kind === 'operator') return 'none'
  return capabilities?.agent_registration === 'open' ? 'open' : 'bearer'
}
