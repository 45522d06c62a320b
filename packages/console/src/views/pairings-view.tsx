import type { Pairing, PairingStatus } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { CopyId, Fact, Facts } from '../components/facts.tsx'
import { Tag } from '../components/notice.tsx'
import type { Tone } from '../design/tone.ts'
import { Failure, Loading, State } from '../components/states.tsx'
import { Ago } from '../components/time.tsx'
import { useModel } from '../data/context.ts'
import { ViewHead } from './view-head.tsx'

const TONES: Readonly<Record<PairingStatus, Tone>> = {
  connected: 'ok',
  degraded: 'warn',
  incompatible: 'bad',
  error: 'bad',
  unknown: 'idle',
}

/** The networks that this one is paired with, and how that goes. */
export function PairingsView() {
  const { queries } = useModel()
  const { data, error, refetch } = useQuery(queries.pairings)
  return (
    <section className="view-body" aria-label="Pairings">
      <ViewHead title="Pairings" about="Networks that exchange messages with this one" />
      <div className="scroll">
        {data === undefined && error === null ? <Loading label="Loading pairings" /> : null}
        {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
        {data?.length === 0 ? (
          <State icon="link" title="No pairing">
            <p>
              Pairings stand under <code>pairings</code> in the configuration of the server.
            </p>
          </State>
        ) : null}
        <ul className="cards">
          {data?.map((pairing) => (
            <li key={pairing.id}>
              <PairingCard pairing={pairing} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}

function PairingCard({ pairing }: { pairing: Pairing }) {
  const {
    id,
    remote_network_id,
    remote_network_name: name,
    remote_base_url: url,
    status,
    diagnostics,
  } = pairing
  return (
    <article className="card" aria-label={`Pairing with ${name ?? remote_network_id}`}>
      <header className="wake-head">
        <strong>
          <bdi>{name ?? remote_network_id}</bdi>
        </strong>
        <Tag tone={TONES[status]}>{status}</Tag>
        {diagnostics?.checked_at === undefined ? null : (
          <span className="quiet">
            checked <Ago at={diagnostics.checked_at} />
          </span>
        )}
      </header>
      {diagnostics?.message === undefined ? null : <p className="wake-why">{diagnostics.message}</p>}
      <Facts>
        <Fact name="Pairing">
          <CopyId id={id} label="Copy the id of the pairing" />
        </Fact>
        <Fact name="Network">
          <CopyId id={remote_network_id} label="Copy the id of the network" />
        </Fact>
        {url === undefined ? null : <Fact name="Address">{url}</Fact>}
        {diagnostics?.reason === undefined ? null : (
          <Fact name="Reason">{diagnostics.reason.replaceAll('_', ' ')}</Fact>
        )}
        {diagnostics?.remote_version === undefined ? null : (
          <Fact name="Version there">{diagnostics.remote_version}</Fact>
        )}
        {diagnostics?.remote_network_id === undefined ||
        diagnostics.remote_network_id === remote_network_id ? null : (
          <Fact name="Says it is">{diagnostics.remote_network_id}</Fact>
        )}
        {Object.entries(diagnostics?.remote_protocols ?? {}).map(([kind, versions]) => (
          <Fact key={kind} name={`Speaks ${kind}`}>
            {versions.join(', ')}
          </Fact>
        ))}
      </Facts>
    </article>
  )
}
