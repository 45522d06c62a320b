/** Outlines of the icons, drawn into 16 × 16 with a stroke of 1.5. */
const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 5',
  checks: 'M1.5 8.5l3 3L11 5M7.5 11l.5.5L14.5 5',
  dash: 'M4 8h8',
  clock: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 5v3.2l2 1.3',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  alert: 'M8 2.5l6 11H2zM8 6.5v3M8 11.4v.1',
  cross: 'M4 4l8 8M12 4l-8 8',
  dots: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  off: 'M3 3l10 10M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11z',
  retry: 'M13 8a5 5 0 11-1.5-3.6M13 2v3h-3',
  arrow: 'M2.5 8h10M8.5 4l4 4-4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  link: 'M6.5 9.5l3-3M5 8l-1.5 1.5a2.5 2.5 0 003.5 3.5L8.5 11.5M11 8l1.5-1.5a2.5 2.5 0 00-3.5-3.5L7.5 4.5',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  image: 'M2.5 3.5h11v9h-11zM5.5 6.5h.1M3 11.5l3.5-3 2 1.5 2.5-2.5 2.5 2.5',
  audio: 'M3 6.5v3h2l3 2.5V4L5 6.5zM10.5 6a3 3 0 010 4M12.5 4.5a5 5 0 010 7',
  data: 'M6 3c-2 0-2 1-2 2.5S4 8 2.5 8C4 8 4 9 4 10.5S4 13 6 13M10 3c2 0 2 1 2 2.5S12 8 13.5 8C12 8 12 9 12 10.5S12 13 10 13',
  thread: 'M3 3.5h10v6.5H8l-3 2.5V10H3z',
  send: 'M2.5 8L13.5 2.5 10 13.5 7.5 9z',
  speech: 'M3 3h10v7H7.5L4.5 12.5V10H3z',
} as const

export type IconName = keyof typeof PATHS

/** A small picture beside a text that says the same; screen readers skip it. */
export function Icon({ name }: { name: IconName }): React.ReactNode {
  return (
    <svg className="msg-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
