import { describeRuntime } from './contract.ts'
import { pi } from './support/pi.ts'

describeRuntime({ name: 'pi', runtime: await pi(), processName: 'pi' })
