import { createHttpClient, HttpError } from '@moltnet/client'
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Failure, Loading } from '../components/states.tsx'
import { ModelProvider } from '../data/context.ts'
import { ConsoleModel } from '../data/model.ts'
import { createQueries } from '../data/queries.ts'
import type { Network } from '@moltnet/protocol'
import { ConsoleShell } from './console-shell.tsx'
import { SignIn } from './sign-in.tsx'

const client = createHttpClient({ baseUrl: location.origin })
const queries = createQueries(client)

/** How often a question is asked again that a later try may answer. */
const RETRIES = 2

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // The event stream says what changed; nothing is asked again because time has passed.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (failures, error) => failures < RETRIES && !(error instanceof HttpError && !error.retryable),
    },
    mutations: { networkMode: 'always' },
  },
})

/** The page: what it shows before it knows its network, and the console once it does. */
export function App() {
  return (
    <QueryClientProvider client={cache}>
      <Entrance />
    </QueryClientProvider>
  )
}

function Entrance() {
  const { data, error, refetch } = useQuery(queries.network)
  const again = () => void refetch()
  if (data !== undefined) return <Connected key={sessionKey(data)} network={data} />
  if (error instanceof HttpError && (error.status === 401 || error.status === 403)) {
    return (
      <main className="entrance">
        <SignIn client={client} title="Sign in to this network" onSignedIn={again} />
      </main>
    )
  }
  return (
    <main className="entrance">
      {error === null ? <Loading label="Loading the network" /> : <Failure error={error} retry={again} />}
    </main>
  )
}

/** Another session sees other things: everything is loaded anew for it. */
function sessionKey({ id, session }: Network): string {
  return JSON.stringify([id, session])
}

function Connected({ network }: { network: Network }) {
  const [model] = useState(() => new ConsoleModel({ client, network, cache, storage: localStorage }))
  const [isReady, setReady] = useState(network.capabilities?.event_stream !== 'sse')
  useEffect(() => {
    let isHere = true
    const stop = model.start()
    // What is loaded before the stream is open could miss what happens in between.
    void model.stream.settled.then(() => isHere && setReady(true))
    return () => {
      isHere = false
      stop()
    }
  }, [model])
  return (
    <ModelProvider value={model}>
      {isReady ? (
        <ConsoleShell />
      ) : (
        <main className="entrance">
          <Loading label="Connecting" />
        </main>
      )}
    </ModelProvider>
  )
}
