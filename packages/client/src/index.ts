export * from './errors.ts'
export * from './http-client.ts'
export * from './send-until-known.ts'
