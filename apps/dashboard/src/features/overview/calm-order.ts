/** The same things in the order that they had; who was not there then comes last. */
export function inOrder<T extends { id: string }>(items: readonly T[], ids: readonly string[]): readonly T[] {
  const now = new Map(items.map((item) => [item.id, item]))
  const stayed = ids.flatMap((id) => now.get(id) ?? [])
  const old = new Set(ids)
  return [...stayed, ...items.filter(({ id }) => !old.has(id))]
}
