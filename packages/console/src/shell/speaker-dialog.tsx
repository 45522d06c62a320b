import { isGenericId } from '@moltnet/protocol'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { useModel } from '../data/context.ts'

/** As whom the viewer speaks in this browser. */
export function SpeakerDialog({ onClose }: { onClose: () => void }) {
  const { speaker } = useModel()
  const [value, setValue] = useState(speaker.get())
  const isValid = isGenericId(value.id)
  const save = () => {
    speaker.set({ id: value.id, name: value.name.trim() })
    onClose()
  }
  return (
    <Dialog title="Speak as" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isValid) save()
        }}
      >
        <Field label="Name" hint="Shown above your messages.">
          {(ids) => (
            <input
              {...ids}
              className="input"
              value={value.name}
              onChange={(event) => setValue({ ...value, name: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Id"
          hint="How agents address you. It must not be the id of an agent."
          error={isValid ? undefined : 'Letters, digits and . _ : - only, beginning with a letter or digit.'}
        >
          {(ids) => (
            <input
              {...ids}
              className="input"
              value={value.id}
              spellCheck={false}
              autoCapitalize="off"
              onChange={(event) => setValue({ ...value, id: event.target.value })}
            />
          )}
        </Field>
        <Button type="submit" kind="primary" disabled={!isValid}>
          Save
        </Button>
      </form>
    </Dialog>
  )
}
