// Entry point `@moltnet/client/send`: sending and nothing else, for programs that are started for each message.
export * from './errors.ts'
export type { CallOptions, HttpClientOptions } from './http-call.ts'
export * from './message-sender.ts'
export * from './send-until-known.ts'
