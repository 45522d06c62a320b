export { type ConsoleAsset, consoleAssets } from './assets.ts'
