/** Outlines of the icons, drawn into 16 × 16 with a stroke of 1.5. */
const PATHS = {
  agents:
    'M6 7.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM1.8 13.5c.3-2.4 2-3.8 4.2-3.8s3.9 1.4 4.2 3.8M10.6 2.8a2.4 2.4 0 010 4.5M12 10c1.3.5 2.1 1.8 2.3 3.5',
  alert: 'M8 2.5l6 11H2zM8 6.5v3M8 11.4v.1',
  arrow: 'M2.5 8h10M8.5 4l4 4-4 4',
  audio: 'M3 6.5v3h2l3 2.5V4L5 6.5zM10.5 6a3 3 0 010 4M12.5 4.5a5 5 0 010 7',
  bolt: 'M9 1.8L3.5 9H7.5l-.5 5.2L12.5 7H8.5z',
  check: 'M3 8.5l3.2 3.2L13 5',
  clock: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 5v3.2l2 1.3',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M4 8h8',
  data: 'M6 3c-2 0-2 1-2 2.5S4 8 2.5 8C4 8 4 9 4 10.5S4 13 6 13M10 3c2 0 2 1 2 2.5S12 8 13.5 8C12 8 12 9 12 10.5S12 13 10 13',
  device: 'M2.5 3.5h11v7.5h-11zM6 13.5h4',
  direct: 'M2.5 3.5h11v8H7l-3 2.3v-2.3H2.5z',
  dots: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  down: 'M8 3v10M4 9l4 4 4-4',
  events: 'M1.5 8.5h3l2-5 3 9 2-5h3',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  home: 'M2.5 7.5L8 2.8l5.5 4.7v5.7h-4v-3.7h-3v3.7h-4z',
  image: 'M2.5 3.5h11v9h-11zM5.5 6.5h.1M3 11.5l3.5-3 2 1.5 2.5-2.5 2.5 2.5',
  inbox: 'M2.5 9.5l1.8-6h7.4l1.8 6v3.5h-11zM2.5 9.5h3.2l.8 1.5h3l.8-1.5h3.2',
  info: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.3v3.7M8 5v.1',
  keyboard: 'M1.5 4.5h13v7.5h-13zM4 7h.1M6.7 7h.1M9.3 7h.1M12 7h.1M5 9.7h6',
  link: 'M6.5 9.5l3-3M5 8l-1.5 1.5a2.5 2.5 0 003.5 3.5L8.5 11.5M11 8l1.5-1.5a2.5 2.5 0 00-3.5-3.5L7.5 4.5',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 015 0v2.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  moon: 'M13 9.5A5.5 5.5 0 016.5 3 5.5 5.5 0 1013 9.5z',
  off: 'M3 3l10 10M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  people: 'M8 7.5a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM3 13.5c.4-2.4 2.4-3.8 5-3.8s4.6 1.4 5 3.8',
  plus: 'M8 3v10M3 8h10',
  retry: 'M13 8a5 5 0 11-1.5-3.6M13 2v3h-3',
  room: 'M6 2.5L4.5 13.5M11.5 2.5L10 13.5M2.5 5.5h11.5M2 10.5h11.5',
  search: 'M7 12A5 5 0 107 2a5 5 0 000 10zM10.7 10.7L14 14',
  send: 'M2.5 8L13.5 2.5 10 13.5 7.5 9z',
  signOut: 'M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3',
  sliders:
    'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 5m-1.5 0a1.5 1.5 0 103 0 1.5 1.5 0 10-3 0M6 11m-1.5 0a1.5 1.5 0 103 0 1.5 1.5 0 10-3 0',
  speech: 'M3 3h10v7H7.5L4.5 12.5V10H3z',
  sun: 'M8 11a3 3 0 100-6 3 3 0 000 6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  thread: 'M3 3.5h10v6.5H8l-3 2.5V10H3z',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9',
  world:
    'M8 14A6 6 0 108 2a6 6 0 000 12zM2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14M8 2C6 4 5.5 6 5.5 8S6 12 8 14',
} as const

export type IconName = keyof typeof PATHS

/** A small picture beside a text that says the same; screen readers skip it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
