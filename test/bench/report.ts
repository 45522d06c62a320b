import type { PartResult, Summary } from './rounds.ts'

/** All of one scenario. */
export interface ScenarioResult {
  readonly scenario: string
  readonly about: string
  readonly results: readonly PartResult[]
}

/** A Markdown table for one scenario; servers that were compared stand side by side. */
export function markdownOf({ scenario, about, results }: ScenarioResult): string {
  const subjects = [...new Set(results.map(({ subject }) => subject))]
  const figuresOf = (subject: string) =>
    new Map(
      results
        .filter((result) => result.subject === subject)
        .flatMap(({ figures }) => figures.map((figure) => [figure.name, figure] as const)),
    )
  const [first = '', ...others] = subjects
  const byOther = others.map((other) => [other, figuresOf(other)] as const)
  const own = figuresOf(first)
  const names = new Set(
    [own, ...byOther.map(([, figures]) => figures)].flatMap((figures) => [...figures.keys()]),
  )
  const head = [
    'figure',
    first,
    'next to the calibration',
    ...others.flatMap((other) => [other, `${first} / ${other}`]),
  ]
  const rows = [...names].map((name) => [
    name,
    spread(own.get(name)),
    besides(own.get(name)),
    ...byOther.flatMap(([, figures]) => [
      spread(figures.get(name)),
      against(own.get(name), figures.get(name)),
    ]),
  ])
  const voided = results.flatMap(({ subject, voided: rounds }) =>
    rounds.map((why) => `\nVoid, ${subject}: ${why}`),
  )
  return [
    `### ${scenario}\n\n${about}\n`,
    row(head),
    row(head.map(() => '---')),
    ...rows.map(row),
    ...voided,
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** `26,400/s (25,100 to 27,300)` */
function spread(figure: Summary | undefined): string {
  if (figure === undefined) return ''
  const { unit, median, min, max, rounds } = figure
  const of = rounds > 1 ? ` (${digits(min)} to ${digits(max)})` : ''
  return `${digits(median)}${unit.startsWith('/') || unit === '' ? unit : ` ${unit}`}${of}`
}

/** `23 % of bare echo, 114,703/s` */
function besides(figure: Summary | undefined): string {
  if (figure?.of === undefined) return ''
  const { name, median, ratio } = figure.of
  const unit = figure.unit.startsWith('/') ? figure.unit : ` ${figure.unit}`
  const part = figure.better === 'more' ? `${digits(ratio * 100)} % of` : `${digits(ratio)} times`
  return `${part} ${name}, ${digits(median)}${unit}`
}

function against(own: Summary | undefined, other: Summary | undefined): string {
  return own === undefined || other === undefined ? '' : (own.median / other.median).toFixed(2)
}

/** Three digits that count, with thousands separators. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  const fraction = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: fraction })
}
