import { FULL_LOAD } from './load-size.ts'
import { testServerLoad } from './server-load.ts'

testServerLoad(FULL_LOAD)
