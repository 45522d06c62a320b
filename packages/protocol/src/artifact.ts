import { z } from 'zod'
import { MessageId, NetworkId } from './ids.ts'
import { PartKind } from './part.ts'
import { Target } from './target.ts'

/** A message part that is not plain text, listed on its own. */
export const Artifact = z.object({
  id: z.string(),
  network_id: NetworkId,
  fqid: z.string(),
  message_id: MessageId,
  target: Target,
  part_index: z.int().nonnegative(),
  kind: PartKind,
  media_type: z.string().optional(),
  filename: z.string().optional(),
  url: z.string().optional(),
  created_at: z.string(),
})
export type Artifact = z.infer<typeof Artifact>

/** Id of the artifact made from part `index` of a message. */
export function artifactId(messageId: string, index: number): string {
  return `art_${messageId}_${index}`
}
