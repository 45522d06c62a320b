import { Notice } from '../components/notice.tsx'
import { Button } from '../components/button.tsx'
import { useModel } from '../data/context.ts'
import { useStore } from '../data/store.ts'
import { Dialog } from '../components/dialog.tsx'
import { clockTime } from '../messages/time.ts'
import { SignIn } from './sign-in.tsx'

/** What the viewer has to know about the stream: lost, ended, or with a gap. Nothing while all is well. */
export function StreamNotices() {
  const { stream, missed } = useModel()
  const status = useStore(stream.status)
  const gap = useStore(missed)
  return (
    <>
      {status.kind === 'retrying' ? (
        <Notice tone="warn">
          <strong>Not connected.</strong> {status.reason}. Trying again by itself; nothing is lost.
        </Notice>
      ) : null}
      {status.kind === 'ended' && !status.unauthorized ? (
        <Notice tone="bad">
          <strong>The event stream has ended.</strong> {status.reason}.{' '}
          <Button onClick={() => stream.start()}>Connect again</Button>
        </Notice>
      ) : null}
      {status.kind === 'ended' && status.unauthorized ? <SessionOver /> : null}
      {gap === undefined ? null : (
        <Notice tone="info" onClose={() => missed.set(undefined)}>
          <strong>A gap in the events at {clockTime(new Date(gap.at).toISOString())}.</strong> The server no
          longer knew where this page was, so everything shown has been loaded again.
        </Notice>
      )}
    </>
  )
}

/** The session ended while the page was open, as it does when the server restarts. Nothing written is lost. */
function SessionOver() {
  const model = useModel()
  const goOn = () => {
    model.stream.start()
    model.reload()
  }
  return (
    <Dialog title="Your session is over" onClose={goOn}>
      <p>Sign in again to go on where you are. What you have written is still there.</p>
      <SignIn client={model.client} onSignedIn={goOn} />
    </Dialog>
  )
}
