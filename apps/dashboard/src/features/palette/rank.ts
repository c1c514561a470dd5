/** How well one word fits a text (both folded): 0 not at all, 4 its beginning, 3 the beginning of a word, 2 somewhere, 1 letters were left out. */
export function fit(word: string, text: string): number {
  const at = text.indexOf(word)
  if (at === 0) return 4
  if (at > 0) return text.includes(` ${word}`) ? 3 : 2
  return word.length >= 3 && text.split(' ').some((each) => abbreviates(word, each)) ? 1 : 0
}

/** "pdria" for "padaria": the same first letter, and the others in order. */
function abbreviates(word: string, whole: string): boolean {
  if (word[0] !== whole[0] || word.length > whole.length) return false
  let at = 0
  for (const letter of whole) if (letter === word[at]) at += 1
  return at === word.length
}

/** How well all words fit; 0 when one does not. */
export function rank(words: readonly string[], text: string): number {
  let sum = 0
  for (const word of words) {
    const found = fit(word, text)
    if (found === 0) return 0
    sum += found
  }
  return sum
}

/** The best first, of equals in the order they had; at most so many. */
export function best<T>(items: readonly T[], score: (item: T) => number, most: number): T[] {
  return items
    .map((item) => ({ item, score: score(item) }))
    .filter((each) => each.score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item)
}
