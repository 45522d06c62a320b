export type { ConsoleAsset } from './serving/asset.ts'
export { loadConsoleAssets } from './serving/load.ts'
