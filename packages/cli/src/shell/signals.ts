/**
 * Resolves when the process is asked to stop (SIGINT, SIGTERM). A second SIGINT ends the process at once, for somebody who does not want to wait.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked && signal === 'SIGINT') process.exit(130)
      asked = true
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
