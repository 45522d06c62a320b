import { useStore } from '../data/store.ts'
import { CreateRoom } from '../views/create-room.tsx'
import { openDialog } from './dialogs.ts'
import { HelpDialog } from './help-dialog.tsx'
import { Palette } from './palette.tsx'
import { SpeakerDialog } from './speaker-dialog.tsx'

/** The dialog that is open, if one is. */
export function DialogHost() {
  const open = useStore(openDialog)
  const close = () => openDialog.set(undefined)
  switch (open) {
    case 'palette':
      return <Palette onClose={close} />
    case 'help':
      return <HelpDialog onClose={close} />
    case 'create-room':
      return <CreateRoom onClose={close} />
    case 'speaker':
      return <SpeakerDialog onClose={close} />
    case undefined:
      return null
  }
}
