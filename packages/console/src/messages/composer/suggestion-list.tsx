import { PlainText } from '../text/plain-text.tsx'
import type { Completion } from './use-completion.ts'

/** The list below the caret's mention. The field keeps the focus; the list says what is chosen. */
export function SuggestionList({ completion }: { completion: Completion }): React.ReactNode {
  const { suggestions, active, listId, optionId, accept } = completion
  return (
    <>
      <ul
        id={listId}
        className="msg-suggestions"
        role="listbox"
        aria-label="Whom to mention"
        hidden={suggestions.length === 0}
      >
        {suggestions.map((candidate, index) => (
          <li
            key={candidate.fqid}
            id={optionId(index)}
            role="option"
            aria-selected={index === active}
            // Before the field loses its focus.
            onPointerDown={(event) => {
              event.preventDefault()
              accept(candidate)
            }}
          >
            <span className="msg-presence" data-connected={candidate.connected} aria-hidden="true" />
            <bdi className="msg-suggestion-name">
              <PlainText text={candidate.name} />
            </bdi>
            <bdi className="msg-suggestion-handle">@{candidate.handle}</bdi>
            {candidate.connected === false ? <span className="msg-suggestion-away">away</span> : null}
          </li>
        ))}
      </ul>
      <span className="sr-only" role="status">
        {suggestions.length === 0
          ? ''
          : `${suggestions.length} ${suggestions.length === 1 ? 'name' : 'names'} to choose from`}
      </span>
    </>
  )
}
