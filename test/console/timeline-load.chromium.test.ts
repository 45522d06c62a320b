import { SHORT_LOAD } from './load/load-size.ts'
import { testTimelineLoad } from './load/timeline-load.ts'

testTimelineLoad(SHORT_LOAD)
