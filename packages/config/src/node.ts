// Entry point `@moltnet/config/node`: the files of nodes and bridges.
export * from './core/fault.ts'
export * from './features.ts'
export * from './files/token-file.ts'
export { BridgeFile, NodeFile } from './node/file.ts'
export * from './node/load.ts'
export type * from './node/types.ts'
export * from './token-source.ts'
