/** Waits for something that takes as long as it takes while it gets on. */
export type Patience = {
  /** Begins to wait, unless it does already. */
  begin: () => void
  /** It gets on: from now on all the patience that there is, but for `maxMs` since the beginning. */
  progress: () => void
  end: () => void
}

/** Calls `onOver` when for `ms` there was no progress, and at the latest after `maxMs`. */
export const createPatience = (ms: number, maxMs: number, onOver: () => void): Patience => {
  let timer: NodeJS.Timeout | undefined
  let last: NodeJS.Timeout | undefined
  const end = (): void => {
    clearTimeout(timer)
    clearTimeout(last)
    timer = last = undefined
  }
  const over = (): void => {
    end()
    onOver()
  }
  return {
    begin(): void {
      timer ??= setTimeout(over, ms)
      last ??= setTimeout(over, maxMs)
    },
    progress: (): void => void timer?.refresh(),
    end,
  }
}
