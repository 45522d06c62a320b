import { type KeyboardEvent, useId, useMemo, useState } from 'react'
import { Dialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { type PaletteItem, usePaletteItems } from './palette-items.ts'
import { bestMatches } from './match.ts'

/** Most entries shown; more would be found by another letter. */
const SHOWN = 12

/** Goes anywhere and does anything, by the first letters of its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const items = usePaletteItems()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const list = useId()
  const found = useMemo(() => bestMatches(items, text, SHOWN), [items, text])
  const run = (index: number) => {
    onClose()
    found[index]?.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (move !== undefined) setChosen((at) => (at + move + found.length) % Math.max(found.length, 1))
    else if (event.key === 'Enter') run(chosen)
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Find" look="palette" onClose={onClose}>
      <div className="palette-field">
        <Icon name="search" />
        <input
          className="palette-input"
          value={text}
          placeholder="Room, agent or action"
          role="combobox"
          aria-label="Find a room, an agent or an action"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={found.length === 0 ? undefined : `${list}-${chosen}`}
          onChange={(event) => {
            setText(event.target.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <PaletteList id={list} found={found} chosen={chosen} choose={setChosen} run={run} />
      {found.length === 0 ? (
        <p className="palette-none" role="status">
          Nothing is called that.
        </p>
      ) : null}
    </Dialog>
  )
}

interface PaletteListProps {
  id: string
  found: readonly PaletteItem[]
  chosen: number
  choose: (index: number) => void
  run: (index: number) => void
}

function PaletteList({ id, found, chosen, choose, run }: PaletteListProps) {
  return (
    <div id={id} className="palette-list" role="listbox" aria-label="Found">
      {found.map((item, index) => (
        <div
          key={item.key}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className="palette-item"
          onPointerMove={() => choose(index)}
          onClick={() => run(index)}
        >
          <Icon name={item.icon} />
          <bdi>{item.name}</bdi>
          <span className="palette-hint">{item.hint}</span>
        </div>
      ))}
    </div>
  )
}
