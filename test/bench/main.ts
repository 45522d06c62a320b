// `npm run bench [scenario…]`: builds the program, loads it, prints each figure next to a calibration of the same run.
import { SCENARIOS } from './scenarios/index.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in SCENARIOS))
if (unknown.length > 0) {
  process.stderr.write(
    `no scenario is called ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}\n`,
  )
  process.exit(2)
}
const build = Bun.spawn([process.execPath, new URL('../../scripts/build.ts', import.meta.url).pathname], {
  stdout: 'ignore',
  stderr: 'inherit',
})
if ((await build.exited) !== 0) process.exit(1)
for (const name of asked.length > 0 ? asked : Object.keys(SCENARIOS)) {
  process.stdout.write(`\n## ${name}\n`)
  for await (const line of (SCENARIOS[name] as () => AsyncIterable<string>)())
    process.stdout.write(`${line}\n`)
}
