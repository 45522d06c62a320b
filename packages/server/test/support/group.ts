/** Ends a child that was started `detached`, with its own children (a tracer and what it traces). */
export async function killGroup(child: Bun.Subprocess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
  await child.exited
}
