interface ChipsProps<T extends string> {
  label: string
  options: readonly T[]
  chosen: T
  onChange: (option: T) => void
  count?: (option: T) => number
}

/** A few choices of which one holds, as a row of buttons. */
export function Chips<T extends string>({ label, options, chosen, onChange, count }: ChipsProps<T>) {
  return (
    <div className="chips filters" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option}
          type="button"
          className="chip"
          aria-pressed={option === chosen}
          onClick={() => onChange(option)}
        >
          {option.charAt(0).toUpperCase() + option.slice(1)}
          {count === undefined ? null : <span className="chip-count">{count(option)}</span>}
        </button>
      ))}
    </div>
  )
}
