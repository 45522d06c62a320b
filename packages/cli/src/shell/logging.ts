import {
  configure,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogLevel,
  type Sink,
  type TextFormatter,
} from '@logtape/logtape'
import { UsageError } from './failures.ts'
import { hasColour } from './io.ts'

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal'] as const

/**
 * Sends structured logs to stderr, one line per event: text on a terminal, JSON otherwise or with
 * `MOLTNET_LOG=json`. `MOLTNET_LOG_LEVEL` is one of trace, debug, info (default), warning, error, fatal.
 */
export async function configureLogging(env: Record<string, string | undefined>): Promise<void> {
  await configure({
    sinks: { stderr: stderrSink(env) },
    loggers: [
      { category: 'moltnet', lowestLevel: levelOf(env['MOLTNET_LOG_LEVEL']), sinks: ['stderr'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['stderr'] },
    ],
    reset: true,
  })
}

function levelOf(name: string | undefined): LogLevel {
  if (name === undefined || name === '') return 'info'
  const wanted = name.toLowerCase() === 'warn' ? 'warning' : name.toLowerCase()
  const level = LEVELS.find((known) => known === wanted)
  if (!level)
    throw new UsageError(`MOLTNET_LOG_LEVEL is ${JSON.stringify(name)}; use one of ${LEVELS.join(', ')}`)
  return level
}

function stderrSink(env: Record<string, string | undefined>): Sink {
  const asText = process.stderr.isTTY === true && env['MOLTNET_LOG'] !== 'json'
  const format = asText ? textFormatter() : jsonFormatter()
  return (record) => {
    process.stderr.write(format(record))
  }
}

function textFormatter(): TextFormatter {
  return hasColour(process.stderr)
    ? getAnsiColorFormatter({ timestamp: 'time', timeZone: null, value: showValue })
    : getTextFormatter({ timestamp: 'rfc3339', value: showValue })
}

/** JSON lines with flat properties; values stand in the message as they are, without quotes of their own. */
function jsonFormatter(): TextFormatter {
  const format = getJsonLinesFormatter({ properties: 'flatten' })
  return (record) => format({ ...record, message: [record.message.map(showValue).join('')] })
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Error ? value.message : (JSON.stringify(value) ?? String(value))
}
