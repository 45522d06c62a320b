import { holdLoad } from '../run-load.ts'
import { startBenchServer } from '../server-process.ts'
import { figure } from './format.ts'

/** Connecting 1,000 attachments, and what they and the idle process cost in memory. */
export async function* connections(): AsyncIterable<string> {
  const attachments = 1_000
  await using server = await startBenchServer({ members: attachments })
  const idle = await server.residentBytes()
  yield `idle process: ${figure(idle / 1024 / 1024, 1)} MB resident`
  for (const round of ['first contact', 'known agents']) {
    const before = await server.residentBytes()
    const load = await holdLoad<{ connectedMs: number; failures: string[] }>('connect', {
      port: server.port,
      attachments,
    })
    const after = await server.residentBytes()
    yield `${figure(attachments)} attachments READY (${round}): ${figure(load.result.connectedMs)} ms; ${figure((after - before) / 1024 / attachments, 1)} KB resident each${load.result.failures.map((f) => `; ${f}`).join('')}`
    await load.release()
  }
}
