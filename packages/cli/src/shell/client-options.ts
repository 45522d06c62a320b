import type { Command } from 'commander'

/** Flags of every command that acts as one attachment of the client config. */
export interface AttachmentFlags {
  config?: string
  network?: string
  member?: string
}

/** Adds `--config`, `--network` and `--member`. */
export function withAttachmentFlags(command: Command): Command {
  return command
    .option('--config <path>', 'client config (default: MOLTNET_CLIENT_CONFIG, then .moltnet/config.json)')
    .option('--network <id>', 'choose the attachment of this network')
    .option('--member <id>', 'choose the attachment of this member')
}
