import type { Db } from '../store/db.ts'

/** The database as it is, until the answer to the next taking of commands is lost on its way. */
export function losesTakes(db: Db): { db: Db; lose: () => void } {
  let losing = false
  const executor = db.getExecutor()
  const provideConnection: typeof executor.provideConnection = async (use) => {
    const answer = await executor.provideConnection(use)
    const handed: object[] = Array.isArray(answer) ? answer.flat() : []
    const taken = handed.length > 0 && handed.every((one) => 'command' in one)
    if (!losing || !taken) return answer
    losing = false
    throw new Error('Connection terminated unexpectedly')
  }
  const withConnectionProvider = executor.withConnectionProvider.bind(executor)
  const get = (target: Db, key: keyof Db): unknown => {
    if (key === 'getExecutor') return () => ({ provideConnection, withConnectionProvider })
    const value: unknown = target[key]
    return typeof value === 'function' ? (value.bind(target) as unknown) : value
  }
  return { db: new Proxy(db, { get: get as never }), lose: () => (losing = true) }
}
