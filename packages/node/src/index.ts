export { runBridge, runNode } from './node.ts'
export type { NodeOverrides, RunningNode } from './node.ts'
export { PreflightError } from './preflight.ts'
export type { AttachmentState, AttachmentStatus } from './states.ts'
