interface FilterInputProps {
  /** For screen readers: what it filters. */
  label: string
  value: string
  onChange: (value: string) => void
}

/** A field whose text narrows down what a view shows. */
export function FilterInput({ label, value, onChange }: FilterInputProps) {
  return (
    <input
      className="input filter"
      type="search"
      value={value}
      placeholder="Filter"
      aria-label={label}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
