/** Hues that actors get: far enough apart to be told from each other, and never a grey. */
const HUES = 20

/**
 * The hue of an actor in degrees, made from its fully qualified id: the same everywhere and for ever. How
 * light and strong the colour is, the theme decides.
 */
export function agentHue(fqid: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < fqid.length; at++) {
    hash = Math.imul(hash ^ fqid.charCodeAt(at), 0x01000193)
  }
  // The low bits of FNV-1a hardly differ between ids that differ in their last letter.
  const mixed = (hash ^ (hash >>> 15)) >>> 0
  return ((mixed % HUES) * 360) / HUES
}
