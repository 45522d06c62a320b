import { VERSION } from './version.ts'

// The two spellings of "version" answer before anything else is loaded: installers and agents call
// them often, and they must cost no more than starting the program.
const args = process.argv.slice(2)
if (args.length === 1 && (args[0] === 'version' || args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`)
} else {
  const { run } = await import('./program.ts')
  process.exitCode = await run(args)
}
