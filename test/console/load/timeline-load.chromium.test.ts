import { FULL_LOAD } from './load-size.ts'
import { testTimelineLoad } from './timeline-load.ts'

testTimelineLoad(FULL_LOAD)
