import { attachOutput } from './attach-page.ts'
import { cliOutput } from './cli-page.ts'
import { configOutputs } from './config-page.ts'
import { deliveryOutput } from './delivery-page.ts'
import { errorsOutput } from './errors-page.ts'
import { httpOutputs } from './http-page.ts'
import type { Output } from './output.ts'
import { reliabilityOutput } from './reliability-page.ts'

/** Everything that is generated from the code. Throws when the code has something without words. */
export async function referenceOutputs(): Promise<Output[]> {
  const outputs = await Promise.all([
    configOutputs(),
    cliOutput(),
    errorsOutput(),
    attachOutput(),
    deliveryOutput(),
    httpOutputs(),
    reliabilityOutput(),
  ])
  return outputs.flat()
}
