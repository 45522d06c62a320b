import type { DeliveryStats } from '../attach/delivery-port.ts'
import type { WakeMeter } from '../eventlog/wake-notices.ts'
import type { HttpMetrics } from '../http/deps.ts'
import type { Store } from '../store/port.ts'
import { LoopDelay } from './loop-delay.ts'
import {
  Counter,
  type CounterSeries,
  Histogram,
  type HistogramSeries,
  type Metric,
  Sampled,
  SampledCounter,
  SampledSummary,
} from './registry.ts'

/** Bounds of request times in seconds (v1 contract: 5 ms to 10 s). */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Bounds of commit times in seconds: an fsync takes 0.1 ms on a good disk and 20 ms on a turning one. */
const COMMIT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5]

/** Bounds of wake times in seconds: a socket takes milliseconds, a turn minutes, an agent that is away days. */
const WAKE_SECONDS = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1_800, 7_200, 86_400]

/** Bounds of works per commit. */
const BATCH_WORKS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** What the figures are taken from. */
export interface MetricsSources {
  readonly store: Store
  /** Undefined until live delivery is wired. */
  readonly delivery: () => DeliveryStats | undefined
}

/** All figures of a server. */
export interface ServerMetrics extends HttpMetrics {
  /** A message was stored and answered for the first time, or again. */
  messageAccepted(): void
  readonly wakes: WakeMeter
}

/** Makes the figures and starts counting commits. */
export function createMetrics({ store, delivery }: MetricsSources): ServerMetrics {
  const http = httpMetrics()
  const messages = new Counter({
    name: 'moltnet_messages_accepted_total',
    help: 'Messages answered with 202.',
  })
  const accepted = messages.series()
  const ledger = ledgerMetrics()
  let healthy = 1
  let waiting = { heldWakes: 0, heldTexts: 0 }
  const health = { name: 'moltnet_store_health', help: '1 when the store takes writes.' }
  const all: Metric[] = [
    ...http.metrics,
    messages,
    ...storeMetrics(store),
    new Sampled(health, 'gauge', () => healthy),
    ...deliveryMetrics(delivery),
    ...ledger.metrics,
    new Sampled(HELD_WAKES, 'gauge', () => waiting.heldWakes),
    new Sampled(HELD_TEXTS, 'gauge', () => waiting.heldTexts),
    ...processMetrics(),
    new LoopDelay(),
  ]
  return {
    observe: http.observe,
    messageAccepted: () => accepted.add(),
    wakes: ledger.meter,
    async render() {
      healthy = await store.read.ping().then(
        () => 1,
        () => 0,
      )
      // A store that does not answer is told of by its health.
      waiting = await store.read.heldCounts().catch(() => waiting)
      return `${all.map((metric) => metric.render()).join('\n')}\n`
    },
  }
}

const HELD_WAKES = { name: 'moltnet_wakes_held', help: 'Wakes that wait for an operator.' }
const HELD_TEXTS = { name: 'moltnet_held_texts', help: 'Silent wakes whose text waits for an operator.' }

/** Ends of a wake, in the words of the ledger. */
const OUTCOMES = ['spoke', 'silent', 'acked', 'dead', 'expired', 'dismissed'] as const

function ledgerMetrics(): { metrics: Metric[]; meter: WakeMeter } {
  const starts = new Histogram(
    { name: 'moltnet_wake_start_seconds', help: 'Time from a message to the first turn with it.' },
    WAKE_SECONDS,
  )
  const ends = new Histogram(
    {
      name: 'moltnet_wake_end_seconds',
      help: 'Wakes by outcome: time from a message to the end of its wake.',
    },
    WAKE_SECONDS,
    ['outcome'],
  )
  const started = starts.series()
  const ended = new Map<string, HistogramSeries>(OUTCOMES.map((name) => [name, ends.series(name)]))
  const meter: WakeMeter = {
    started: (seconds) => started.observe(seconds),
    ended: (outcome, seconds) => ended.get(outcome)?.observe(seconds),
  }
  return { metrics: [starts, ends], meter }
}

/** The series of one route and method, found once per request. */
interface RouteSeries {
  readonly seconds: HistogramSeries
  readonly byStatus: Map<number, CounterSeries>
}

function httpMetrics(): { metrics: Metric[]; observe: HttpMetrics['observe'] } {
  const requests = new Counter({ name: 'moltnet_http_requests_total', help: 'Answered HTTP requests.' }, [
    'method',
    'route',
    'status',
  ])
  const durations = new Histogram(
    { name: 'moltnet_http_request_duration_seconds', help: 'Time to answer an HTTP request.' },
    REQUEST_SECONDS,
    ['method', 'route'],
  )
  const routes = new Map<string, RouteSeries>()
  // oxlint-disable-next-line max-params -- the seam's: no object per request
  const observe: HttpMetrics['observe'] = (method, route, status, seconds) => {
    const key = `${method} ${route}`
    let series = routes.get(key)
    if (series === undefined) {
      series = { seconds: durations.series(method, route), byStatus: new Map() }
      routes.set(key, series)
    }
    let answered = series.byStatus.get(status)
    if (answered === undefined) {
      answered = requests.series(method, route, String(status))
      series.byStatus.set(status, answered)
    }
    answered.add()
    series.seconds.observe(seconds)
  }
  return { metrics: [requests, durations], observe }
}

function storeMetrics(store: Store): Metric[] {
  const seconds = new Histogram(
    { name: 'moltnet_commit_duration_seconds', help: 'Time of a commit, its fsync included.' },
    COMMIT_SECONDS,
  )
  const works = new Histogram(
    { name: 'moltnet_commit_batch_works', help: 'Writes that shared a commit.' },
    BATCH_WORKS,
  )
  const [commitSeries, workSeries] = [seconds.series(), works.series()]
  store.stats.observe = (count, commitSeconds) => {
    commitSeries.observe(commitSeconds)
    workSeries.observe(count)
  }
  const head = { name: 'moltnet_log_head', help: 'Position of the newest entry of the event log.' }
  return [seconds, works, new Sampled(head, 'gauge', () => store.head)]
}

function deliveryMetrics(delivery: () => DeliveryStats | undefined): Metric[] {
  const gauge = (name: string, help: string, read: (stats: DeliveryStats) => number) =>
    new Sampled({ name: `moltnet_${name}`, help }, 'gauge', () => read(delivery() ?? NO_DELIVERY))
  const total = (name: string, help: string, read: (stats: DeliveryStats) => number) =>
    new Sampled({ name: `moltnet_${name}_total`, help }, 'counter', () => read(delivery() ?? NO_DELIVERY))
  return [
    gauge('active_attachments', 'Attachments after READY.', (stats) => stats.attachments),
    gauge('attach_sockets', 'Attachment sockets in any state.', (stats) => stats.sockets),
    gauge('active_sse_subscribers', 'Open event streams.', (stats) => stats.streams),
    gauge('active_consumers', 'Attached durable consumers.', (stats) => stats.consumers),
    gauge('consumer_pending', 'Open wakes of attached durable consumers.', (stats) => stats.pendingWakes),
    total('frames_sent', 'EVENT frames written to attachments.', (stats) => stats.framesSent),
    total('redeliveries', 'Wakes that were sent again.', (stats) => stats.redeliveries),
    total(
      'stalled',
      'Sockets and streams cut because they took nothing for too long.',
      (stats) => stats.stalled,
    ),
    total('events_dropped', 'Events that a subscriber lost; nothing is ever dropped.', () => 0),
    new SampledSummary(
      { name: 'moltnet_delivery_lag_seconds', help: 'Time between a commit and its first frame.' },
      () => (delivery() ?? NO_DELIVERY).deliverySeconds,
    ),
    guardActions(() => delivery() ?? NO_DELIVERY),
    relayTotals(),
  ]
}

/** What each guard can do. */
const GUARD_ACTIONS = [
  ['chain_soft', 'delayed'],
  ['chain_hard', 'held'],
  ['turns_per_minute', 'delayed'],
  ['turns_per_hour', 'delayed'],
] as const

function guardActions(stats: () => DeliveryStats): Metric {
  const info = { name: 'moltnet_guard_actions_total', help: 'Wakes that a guard made wait, or held.' }
  const series = GUARD_ACTIONS.map(([guard, action]) => ({
    values: [guard, action],
    read: () => stats().guardActions.of(guard, action),
  }))
  return new SampledCounter(info, ['guard', 'action'], series)
}

/** Pairings relay nothing yet: the series are there so that dashboards find them. */
function relayTotals(): Metric {
  const relayed = new Counter({ name: 'moltnet_relay_total', help: 'Messages relayed to pairings.' }, [
    'result',
  ])
  for (const result of ['success', 'error', 'dropped']) relayed.series(result)
  return relayed
}

function processMetrics(): Metric[] {
  const startedAt = Date.now() / 1000 - process.uptime()
  return [
    new Sampled({ name: 'process_resident_memory_bytes', help: 'Resident memory.' }, 'gauge', () =>
      process.memoryUsage.rss(),
    ),
    new Sampled({ name: 'process_cpu_seconds_total', help: 'User and system time.' }, 'counter', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000_000
    }),
    new Sampled(
      { name: 'process_start_time_seconds', help: 'Unix time of the start.' },
      'gauge',
      () => startedAt,
    ),
  ]
}

const NO_DELIVERY: DeliveryStats = {
  attachments: 0,
  sockets: 0,
  streams: 0,
  consumers: 0,
  pendingWakes: 0,
  framesSent: 0,
  redeliveries: 0,
  stalled: 0,
  guardActions: { of: () => 0 },
  deliverySeconds: { sum: 0, count: 0 },
}
