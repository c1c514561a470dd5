export type Turns = <T>(name: string, task: () => Promise<T>) => Promise<T>

/** One thing at a time per name, in the order asked: a start during a stop would leave two. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return (name, task) => {
    const turn = (last.get(name) ?? Promise.resolve()).catch(() => {}).then(task)
    last.set(name, turn)
    const forget = (): void => {
      if (last.get(name) === turn) last.delete(name)
    }
    turn.then(forget, forget)
    return turn
  }
}
