// Entry point `@moltnet/config/server`: the server's file.
export * from './core/fault.ts'
export * from './features.ts'
export { declaredState } from './server/declared.ts'
export { SERVER_VARIABLES } from './server/environment.ts'
export { ServerFile } from './server/file.ts'
export * from './server/listen.ts'
export * from './server/load.ts'
export type * from './server/types.ts'
