/**
 * Works on what comes in groups, so many at once, and one every so often at most: what comes alone is worked on at once, what comes thick goes
 * together. `pick` takes the next group out of what waits; none leaves the turn free until more comes; what it leaves behind is the next group at
 * once. `work` never rejects: it tells each how it ended.
 */
export function createGroups<T, G extends readonly unknown[]>(o: {
  atOnce: number
  /** From the beginning of a group to that of the next. */
  everyMs: number
  /** The same, while another one runs: two halves side by side take longer than a whole one. By default no different. */
  besideMs?: number
  pick: (waiting: T[]) => G
  work: (group: G) => Promise<void>
}): (item: T) => void {
  const waiting: T[] = []
  let running = 0
  let begunAt = Number.NEGATIVE_INFINITY
  let behind = false
  let woken: { at: number; timer?: NodeJS.Timeout } | undefined

  const wake = (): void => {
    if (running >= o.atOnce || waiting.length === 0) return
    const spacing = behind ? 0 : running > 0 ? (o.besideMs ?? o.everyMs) : o.everyMs
    const at = begunAt + spacing
    if (woken !== undefined && woken.at <= at) return
    clearTimeout(woken?.timer)
    const rest = at - performance.now()
    // What comes within one turn of the event loop goes together.
    if (rest > 0) woken = { at, timer: setTimeout(begin, Math.ceil(rest)) }
    else {
      woken = { at: Number.NEGATIVE_INFINITY }
      setImmediate(begin)
    }
  }

  const begin = (): void => {
    woken = undefined
    const group = o.pick(waiting)
    behind = group.length > 0 && waiting.length > 0
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
