import type { Network } from '@moltnet/protocol'
import { useId, useState } from 'react'
import { useModel } from '../data/context.ts'
import { CopyButton } from '../messages/copy-button.tsx'
import { nodeSnippet, RUNTIMES, type RuntimeKind } from './node-snippet.ts'

interface NodeSnippetProps {
  rooms: readonly string[]
  /** Undefined: one that is still to be named. */
  agentId: string | undefined
  runtime?: string | undefined
}

/** A `MoltnetNode` that is ready to be saved, for the runtime that is chosen. */
export function NodeSnippet({ rooms, agentId = 'my-agent', runtime }: NodeSnippetProps) {
  const { network, client } = useModel()
  const known = RUNTIMES.find(({ kind }) => kind === runtime)?.kind
  const [chosen, setChosen] = useState<RuntimeKind>(known ?? 'claude-code')
  const id = useId()
  const text = nodeSnippet({
    baseUrl: client.baseUrl,
    networkId: network.id,
    agentId,
    runtime: chosen,
    rooms,
    access: accessOf(network),
  })
  return (
    <div className="snippet">
      <div className="snippet-head">
        <label htmlFor={id}>Runtime</label>
        <select
          id={id}
          className="input"
          value={chosen}
          onChange={({ target }) =>
            setChosen(RUNTIMES.find(({ kind }) => kind === target.value)?.kind ?? chosen)
          }
        >
          {RUNTIMES.map(({ kind, name }) => (
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

function accessOf({ session, capabilities }: Network): 'none' | 'open' | 'token' {
  if (session?.kind === 'operator') return 'none'
  return capabilities?.agent_registration === 'open' ? 'open' : 'token'
}
