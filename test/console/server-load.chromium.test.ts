import { SHORT_LOAD } from './load/load-size.ts'
import { testServerLoad } from './load/server-load.ts'

testServerLoad(SHORT_LOAD)
