import { until } from '../support/condition.ts'
import { describeRuntime } from './contract.ts'
import { gemini } from './support/gemini.ts'

/** Gemini CLI names the file of a session by the minute: loading it in the minute it began empties it. */
async function untilNextMinute(): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000)
  const now = minute()
  await until(() => minute() > now, 'the next minute', 61_000)
}

describeRuntime({
  name: 'gemini by acp',
  runtime: await gemini(),
  processName: 'gemini',
  untilKept: untilNextMinute,
})
