// `npm run bench:platform`: the figures that the choice of the platform rests on, in under 30 s. docs/adr/0001.
import { groupCommit } from './group-commit.ts'
import { processCost } from './process-cost.ts'
import { socketWrites } from './socket-writes.ts'

for (const [name, measure] of Object.entries({ groupCommit, socketWrites, processCost })) {
  console.log(`\n## ${name}`)
  for await (const line of measure()) console.log(line)
}
