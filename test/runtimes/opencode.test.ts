import { describeRuntime } from './contract.ts'
import { opencode } from './support/opencode.ts'

describeRuntime({ name: 'opencode by acp', runtime: await opencode(), processName: 'opencode' })
