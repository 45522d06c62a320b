/** Reads of durable consumers. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the consumers' owner
export interface ConsumerReader {}

/** Writes of durable consumers. */
export interface ConsumerTx {}
