import { useQueryClient } from '@tanstack/react-query'
import { IconButton } from '../components/button.tsx'
import { Tag } from '../components/notice.tsx'
import type { Tone } from '../design/tone.ts'
import { useModel } from '../data/context.ts'
import type { StreamStatus } from '../data/live-stream.ts'
import { useStore } from '../data/store.ts'
import type { Rights } from '../data/rights.ts'
import { openDialog } from './dialogs.ts'
import { nextTheme, theme } from './theme.ts'

/** The state of the connection, who the viewer is, and the settings of the page. */
export function SidebarFoot() {
  const { rights, speaker } = useModel()
  const { name, id } = useStore(speaker)
  const chosen = useStore(theme)
  return (
    <footer className="sidebar-foot">
      <Connection />
      <div className="foot-row">
        {rights.speak ? (
          <button
            type="button"
            className="speaker"
            title="Change as whom you speak"
            onClick={() => openDialog.set('speaker')}
          >
            <span className="sr-only">You speak as </span>
            <bdi>{name || id}</bdi>
          </button>
        ) : (
          <span className="speaker">{roleOf(rights)}</span>
        )}
        <IconButton
          icon={chosen === 'auto' ? 'device' : chosen === 'light' ? 'sun' : 'moon'}
          label={`Theme: ${chosen === 'auto' ? 'as the system' : chosen}`}
          onClick={nextTheme}
        />
        <IconButton icon="keyboard" label="Keys" onClick={() => openDialog.set('help')} />
        {rights.signedIn ? <SignOut /> : null}
      </div>
    </footer>
  )
}

function roleOf({ observe, signedIn }: Rights): string {
  if (!observe) return 'Public view'
  return signedIn ? 'Read only' : 'Observer'
}

function SignOut() {
  const { client } = useModel()
  const cache = useQueryClient()
  const signOut = async () => {
    await client.endConsoleSession().catch(() => undefined)
    cache.clear()
    location.assign('/console/')
  }
  return <IconButton icon="signOut" label="Sign out" onClick={() => void signOut()} />
}

function Connection() {
  const { stream, latency } = useModel()
  const status = useStore(stream.status)
  const milliseconds = useStore(latency.value)
  const { tone, word } = describe(status)
  return (
    <p className="connection" data-tone={tone}>
      <Tag tone={tone}>{word}</Tag>
      <span className="latency" title="How long the server takes to answer">
        {milliseconds === undefined ? 'no answer' : `${milliseconds} ms`}
      </span>
    </p>
  )
}

function describe({ kind }: StreamStatus): { tone: Tone; word: string } {
  switch (kind) {
    case 'open':
      return { tone: 'ok', word: 'Live' }
    case 'connecting':
      return { tone: 'warn', word: 'Connecting' }
    case 'retrying':
      return { tone: 'warn', word: 'Reconnecting' }
    case 'ended':
      return { tone: 'bad', word: 'Stream ended' }
    case 'off':
      return { tone: 'idle', word: 'Polling' }
  }
}
