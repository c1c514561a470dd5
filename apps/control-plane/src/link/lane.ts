/** Runs tasks one after the other. `size` counts those waiting and the one under way. A task that throws ends in `failed`. */
export function createLane(failed: (error: unknown) => void): { readonly size: number; add(task: () => Promise<void>): void } {
  let size = 0
  let last: Promise<void> = Promise.resolve()
  return {
    get size() {
      return size
    },
    add(task) {
      size += 1
      last = last
        .then(task)
        .catch(failed)
        .finally(() => {
          size -= 1
        })
    },
  }
}
