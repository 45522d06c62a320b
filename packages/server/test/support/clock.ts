/** A wall clock that runs, and jumps when it is told to. */
export class TestClock {
  #jumped = 0n

  readonly read = (): bigint => BigInt(Date.now()) * 1_000_000n + this.#jumped

  jump(seconds: number): void {
    this.#jumped += BigInt(Math.round(seconds * 1_000)) * 1_000_000n
  }
}
