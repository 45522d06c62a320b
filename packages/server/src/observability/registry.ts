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
  readonly #series: CounterSeries[] = []

  constructor(info: MetricInfo, labels: readonly string[] = []) {
    this.#info = info
    this.#labels = labels
  }

  /** A new series, to be kept by the caller; its label values must be new. */
  series(...values: string[]): CounterSeries {
    const series = new CounterSeries(values)
    this.#series.push(series)
    return series
  }

  render(): string {
    const lines = [head(this.#info, 'counter')]
    for (const { values, total } of this.#series) {
      lines.push(`${this.#info.name}${labelText(this.#labels, values)} ${total}`)
    }
    return lines.join('\n')
  }
}

/** One series of a {@link Counter}. */
export class CounterSeries {
  readonly values: LabelValues
  total = 0

  constructor(values: LabelValues) {
    this.values = values
  }

  add(amount = 1): void {
    this.total += amount
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

/** Totals that somebody else keeps, one series for each set of label values. */
export class SampledCounter implements Metric {
  readonly #info: MetricInfo
  readonly #labels: readonly string[]
  readonly #series: readonly { readonly values: LabelValues; read(): number }[]

  constructor(
    info: MetricInfo,
    labels: readonly string[],
    series: readonly { readonly values: LabelValues; read(): number }[],
  ) {
    this.#info = info
    this.#labels = labels
    this.#series = series
  }

  render(): string {
    const { name } = this.#info
    const lines = this.#series.map(
      ({ values, read }) => `${name}${labelText(this.#labels, values)} ${read()}`,
    )
    return [head(this.#info, 'counter'), ...lines].join('\n')
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

/** Observations counted by size, one series for each set of label values. */
export class Histogram implements Metric {
  readonly #info: MetricInfo
  readonly #bounds: readonly number[]
  readonly #labels: readonly string[]
  readonly #series: HistogramSeries[] = []

  constructor(info: MetricInfo, bounds: readonly number[], labels: readonly string[] = []) {
    this.#info = info
    this.#bounds = bounds
    this.#labels = labels
  }

  /** A new series, to be kept by the caller; its label values must be new. */
  series(...values: string[]): HistogramSeries {
    const series = new HistogramSeries(values, this.#bounds)
    this.#series.push(series)
    return series
  }

  render(): string {
    const { name } = this.#info
    const lines = [head(this.#info, 'histogram')]
    const labels = [...this.#labels, 'le']
    for (const { values, counts, sum, count } of this.#series) {
      let below = 0
      for (const [at, inBucket] of counts.entries()) {
        below += inBucket
        const bound = this.#bounds[at]?.toString() ?? '+Inf'
        lines.push(`${name}_bucket${labelText(labels, [...values, bound])} ${below}`)
      }
      const own = labelText(this.#labels, values)
      lines.push(`${name}_sum${own} ${sum}`, `${name}_count${own} ${count}`)
    }
    return lines.join('\n')
  }
}

/** One series of a {@link Histogram}. */
export class HistogramSeries {
  readonly values: LabelValues
  /** Observations per bucket, not accumulated; the last one is above every bound. */
  readonly counts: number[]
  sum = 0
  count = 0
  readonly #bounds: readonly number[]

  constructor(values: LabelValues, bounds: readonly number[]) {
    this.values = values
    this.#bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket += 1
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sum += value
    this.count += 1
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
