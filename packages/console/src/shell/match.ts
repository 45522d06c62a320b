/** Something that is found by its name. */
export interface Named {
  name: string
  /** Also found by this. */
  hint: string
}

/**
 * The items that hold all words of `text`, best first: those whose name begins with it, then whose name has a
 * word that does, then the others, each in the given order. Without text: the first ones.
 */
export function bestMatches<T extends Named>(items: readonly T[], text: string, most: number): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return items.slice(0, most)
  return items
    .map((item) => ({ item, rank: rankOf(item, words) }))
    .filter(({ rank }) => rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .slice(0, most)
    .map(({ item }) => item)
}

function rankOf({ name, hint }: Named, words: readonly string[]): number | undefined {
  const low = name.toLowerCase()
  const all = `${low} ${hint.toLowerCase()}`
  if (!words.every((word) => all.includes(word))) return undefined
  const [first = ''] = words
  if (low.startsWith(first)) return 0
  return low.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(first)) ? 1 : 2
}
