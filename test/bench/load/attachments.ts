/** An attachment of the load generator: identifies, ACKs every event, counts. */
export interface LoadAttachment {
  close(): void
}

/** An EVENT frame as the generator sees it; the text is made only when somebody asks. */
export interface SeenEvent {
  isMessage: boolean
  text(): string
}

/** What all attachments of one load share. */
export interface FrameSink {
  /** Called for every EVENT frame, before its ACK is sent. */
  onEvent(event: SeenEvent): void
  onFailure(reason: string): void
}
