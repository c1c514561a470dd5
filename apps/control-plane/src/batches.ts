/** Enough for one write to cost little for each; more would only make those behind it wait. */
const MOST = 500

type Batch<T> = { items: T[]; begun: boolean; written: Promise<void> }

/**
 * Writes what comes under one key one batch at a time, in the order of coming: what comes while a batch is being written goes together into the
 * next. The answer resolves when its batch is written, and rejects as that did: then none of the batch may be taken for written. Until the writer
 * asks for the items, the batch grows.
 */
export function createBatches<K, T>(write: (key: K, items: () => readonly T[]) => Promise<unknown>): (key: K, item: T) => Promise<void> {
  const last = new Map<K, Batch<T>>()
  return (key, item) => {
    const before = last.get(key)
    if (before !== undefined && before.items.length < MOST && !before.begun) {
      before.items.push(item)
      return before.written
    }
    const batch: Batch<T> = { items: [item], begun: false, written: Promise.resolve() }
    const items = (): readonly T[] => {
      batch.begun = true
      return batch.items
    }
    batch.written = Promise.resolve(before?.written)
      .catch(() => {})
      .then(async () => void (await write(key, items)))
      .finally(() => {
        if (last.get(key) === batch) last.delete(key)
      })
    last.set(key, batch)
    return batch.written
  }
}
