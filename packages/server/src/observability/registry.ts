/** Something that writes itself as Prometheus text. */
export interface Metric {
  render(): string
}

/** Name and help of a metric. */
export interface MetricInfo {
  readonly name: string
  readonly help: string
}

/** Values of the labels of one series, in the order of their names. */
export type LabelValues = readonly string[]

/** A total that only grows, one series for each set of label values. */
export class Counter implements Metric {
  readonly #info: MetricInfo
  readonly #labels: readonly string[]
  readonly #series = new Map<string, { readonly values: LabelValues; total: number }>()

  constructor(info: MetricInfo, labels: readonly string[] = []) {
    this.#info = info
    this.#labels = labels
    if (labels.length === 0) this.add([], 0)
  }

  add(values: LabelValues, amount = 1): void {
    const key = values.join('\n')
    const series = this.#series.get(key)
    if (series === undefined) this.#series.set(key, { values, total: amount })
    else series.total += amount
  }

  render(): string {
    const lines = [head(this.#info, 'counter')]
    for (const { values, total } of this.#series.values()) {
      lines.push(`${this.#info.name}${labelText(this.#labels, values)} ${total}`)
    }
    return lines.join('\n')
  }
}

/** A value that is read when somebody asks. */
export class Sampled implements Metric {
  readonly #info: MetricInfo
  readonly #type: 'gauge' | 'counter'
  readonly #read: () => number

  constructor(info: MetricInfo, type: 'gauge' | 'counter', read: () => number) {
    this.#info = info
    this.#type = type
    this.#read = read
  }

  render(): string {
    return `${head(this.#info, this.#type)}\n${this.#info.name} ${this.#read()}`
  }
}

/** A sum and a count that somebody else keeps; their quotient is the mean. */
export class SampledSummary implements Metric {
  readonly #info: MetricInfo
  readonly #read: () => { readonly sum: number; readonly count: number }

  constructor(info: MetricInfo, read: () => { readonly sum: number; readonly count: number }) {
    this.#info = info
    this.#read = read
  }

  render(): string {
    const { sum, count } = this.#read()
    const { name } = this.#info
    return `${head(this.#info, 'summary')}\n${name}_sum ${sum}\n${name}_count ${count}`
  }
}

interface Distribution {
  readonly values: LabelValues
  /** Observations per bucket, not accumulated; the last one is above every bound. */
  readonly counts: number[]
  sum: number
  count: number
}

/** Observations counted by size, one series for each set of label values. */
export class Histogram implements Metric {
  readonly #info: MetricInfo
  readonly #bounds: readonly number[]
  readonly #labels: readonly string[]
  readonly #series = new Map<string, Distribution>()

  constructor(info: MetricInfo, bounds: readonly number[], labels: readonly string[] = []) {
    this.#info = info
    this.#bounds = bounds
    this.#labels = labels
    if (labels.length === 0) this.#of([])
  }

  observe(values: LabelValues, value: number): void {
    const series = this.#of(values)
    let bucket = 0
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket += 1
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += value
    series.count += 1
  }

  render(): string {
    const { name } = this.#info
    const lines = [head(this.#info, 'histogram')]
    const labels = [...this.#labels, 'le']
    for (const series of this.#series.values()) {
      let below = 0
      for (const [at, count] of series.counts.entries()) {
        below += count
        const bound = this.#bounds[at]
        lines.push(
          `${name}_bucket${labelText(labels, [...series.values, bound?.toString() ?? '+Inf'])} ${below}`,
        )
      }
      const own = labelText(this.#labels, series.values)
      lines.push(`${name}_sum${own} ${series.sum}`, `${name}_count${own} ${series.count}`)
    }
    return lines.join('\n')
  }

  #of(values: LabelValues): Distribution {
    const key = values.join('\n')
    const known = this.#series.get(key)
    if (known !== undefined) return known
    const counts = Array.from({ length: this.#bounds.length + 1 }, () => 0)
    const series = { values, counts, sum: 0, count: 0 }
    this.#series.set(key, series)
    return series
  }
}

function head({ name, help }: MetricInfo, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`
}

function labelText(names: readonly string[], values: LabelValues): string {
  if (names.length === 0) return ''
  return `{${names.map((name, at) => `${name}="${escapeLabel(values[at] ?? '')}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
