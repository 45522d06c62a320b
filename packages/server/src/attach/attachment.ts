import type { ServerWebSocket } from 'bun'
import type { Principal } from '../domain/principal.ts'
import type { NamedAgent } from '../eventlog/agent-events.ts'
import type { Consumer } from '../eventlog/consumer.ts'
import type { FrameSink } from '../eventlog/log-subscriber.ts'
import type { SessionPhase } from './session.ts'
import type { SocketStream } from './socket-stream.ts'

/** Who attached, once the registration is settled. */
export interface Identity {
  readonly agent: NamedAgent
  readonly actorUid: string
  /** When the actor was registered. */
  readonly actorSince: string
  /** The credential that a further attachment of the agent must bring; `anonymous` allows none. */
  readonly principal: Principal
}

/** Counters that all sockets share. */
export interface SocketCounters {
  framesSent: number
}

/** One socket of `/v1/attach`: what is known about it, and the way its frames go. Kept small. */
export class Attachment implements FrameSink {
  /** Credential of the handshake. */
  readonly principal: Principal
  /** Whose share of the sockets without IDENTIFY it takes. */
  readonly addressKey: string
  phase: SessionPhase = 'identifying'
  identity: Identity | undefined
  /** Whether IDENTIFY asked for a durable consumer. */
  isDurable = false
  /** The events of a v1 socket, from READY on. */
  stream: SocketStream | undefined
  /** The wakes of a durable one, from READY on. */
  consumer: Consumer | undefined
  /** The kind of runtime that a durable one named. */
  runtime: string | undefined
  /** Unix time of READY in milliseconds; 0 before. */
  readyAt = 0
  /** Times of the shared clock, in milliseconds. */
  openedAt = 0
  readAt = 0
  nextPingAt = 0
  /** Since when the connection has taken nothing; 0: it takes what comes. */
  blockedAt = 0
  /** Bytes that waited when it last made progress. */
  blockedBytes = 0
  /** Time of the shared clock, as of its last tick. */
  readonly #clock: { readonly now: number }
  readonly #counters: SocketCounters
  #socket: ServerWebSocket<unknown> | undefined
  #writable = true

  constructor(o: {
    principal: Principal
    addressKey: string
    clock: { readonly now: number }
    counters: SocketCounters
  }) {
    this.principal = o.principal
    this.addressKey = o.addressKey
    this.#clock = o.clock
    this.#counters = o.counters
  }

  /** The handshake is done. */
  opened(socket: ServerWebSocket<unknown>): void {
    this.#socket = socket
    this.openedAt = this.#clock.now
    this.readAt = this.#clock.now
  }

  get writable(): boolean {
    return this.#writable
  }

  /** Sends an EVENT frame. */
  send(frame: string): void {
    this.#counters.framesSent += 1
    if (this.#write(frame) !== 0) return
    // The connection is gone, or the platform dropped the frame: then nothing may follow it.
    this.#writable = false
    this.terminate()
  }

  batch(work: () => void): void {
    if (this.#socket === undefined) work()
    else this.#socket.cork(work)
  }

  /** Sends any other frame; false when the connection could not take it, not even into its buffer. */
  sendControl(frame: string): boolean {
    return this.#write(frame) !== 0
  }

  /** The connection has handed on everything. */
  drained(): void {
    this.#writable = true
    this.blockedAt = 0
  }

  /** Notes whether a blocked connection has made progress; false when it has not for `limitMs`. */
  checkProgress(now: number, limitMs: number): boolean {
    if (this.#writable) return true
    const waiting = this.#socket?.getBufferedAmount() ?? 0
    if (waiting !== this.blockedBytes) {
      this.blockedBytes = waiting
      this.blockedAt = now
    }
    return now - this.blockedAt < limitMs
  }

  /** Takes time off all limits: it was this program that did nothing. */
  forgive(ms: number): void {
    this.openedAt += ms
    this.readAt += ms
    this.blockedAt += ms
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason)
  }

  terminate(): void {
    this.#socket?.terminate()
  }

  #write(frame: string): number {
    const sent = this.#socket?.send(frame) ?? 0
    if (sent === -1 && this.#writable) {
      // Queued: the frame will go out, but no further one is offered before the drain.
      this.#writable = false
      this.blockedAt = this.#clock.now
      this.blockedBytes = this.#socket?.getBufferedAmount() ?? 0
    }
    return sent
  }
}
