/**
 * Works on what comes in groups, so many at once, and one every so often at most: what comes alone is worked on at once, what comes thick goes
 * together. `pick` takes the next group out of what waits; none leaves the turn free until more comes. `work` never rejects: it tells each how it ended.
 */
export function createGroups<T, G extends readonly unknown[]>(o: {
  atOnce: number
  /** From the beginning of a group to that of the next. */
  everyMs: number
  pick: (waiting: T[]) => G
  work: (group: G) => Promise<void>
}): (item: T) => void {
  const waiting: T[] = []
  let running = 0
  let begunAt = Number.NEGATIVE_INFINITY
  let woken = false

  const wake = (): void => {
    if (woken || running >= o.atOnce || waiting.length === 0) return
    woken = true
    const rest = begunAt + o.everyMs - performance.now()
    // What comes within one turn of the event loop goes together.
    if (rest <= 0) setImmediate(begin)
    else setTimeout(begin, Math.ceil(rest))
  }

  const begin = (): void => {
    woken = false
    const group = o.pick(waiting)
    if (group.length === 0) return
    running += 1
    begunAt = performance.now()
    void o.work(group).finally(() => {
      running -= 1
      wake()
    })
    wake()
  }

  return (item) => {
    waiting.push(item)
    wake()
  }
}
