/**
 * Works on what comes in groups, so many at once: what comes alone is worked on at once, what comes while all turns are taken goes together. `pick`
 * takes the next group out of what waits, none to leave the turn free until more comes. `work` never rejects: it tells each how it ended.
 */
export function createGroups<T, G extends readonly unknown[]>(o: {
  atOnce: number
  pick: (waiting: T[]) => G
  work: (group: G) => Promise<void>
}): (item: T) => void {
  const waiting: T[] = []
  let running = 0
  let woken = false

  const pump = (): void => {
    woken = false
    while (running < o.atOnce && waiting.length > 0) {
      const group = o.pick(waiting)
      if (group.length === 0) return
      running += 1
      void o.work(group).finally(() => {
        running -= 1
        pump()
      })
    }
  }

  return (item) => {
    waiting.push(item)
    // What comes within one turn of the event loop goes together.
    if (!woken) setImmediate(pump)
    woken = true
  }
}
