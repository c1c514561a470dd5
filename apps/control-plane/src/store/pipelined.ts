import type { ConnectionProvider, KyselyProps } from 'kysely'
import { CompiledQuery, Transaction } from 'kysely'
import type { Db } from './db.ts'
import type { Tables, Trx } from './tables.ts'
import { together } from './together.ts'

/** Takes a statement whose answer nobody needs before the end: it is on its way together with "commit". */
export type Last = (statement: Promise<unknown>) => void

/**
 * A transaction whose statements need not wait for each other's answers: what is asked in one turn of the event loop is on its way together, "begin"
 * included, and the database takes it in that order. (Kysely's own transactions let one statement at a time out.) After the first that fails, all
 * others fail too; use `together`, so that none is left behind. Rejects as `fn` does, with everything rolled back.
 */
export function pipelined<T>(db: Db, fn: (trx: Trx, last: Last) => Promise<T>): Promise<T> {
  const executor = db.getExecutor()
  return executor.provideConnection(async (connection) => {
    const run = (text: string): Promise<unknown> => connection.executeQuery(CompiledQuery.raw(text))
    let over = false
    const provider: ConnectionProvider = {
      provideConnection: (consumer) => {
        if (over) throw new Error('This transaction is over.')
        return consumer(connection)
      },
    }
    // The executor is all that queries ask for; the others only have to be there.
    const props = { executor: executor.withConnectionProvider(provider), config: {}, driver: {}, dialect: {} }
    const trx = new Transaction<Tables>(props as unknown as KyselyProps)
    const ending: Promise<unknown>[] = []
    const last: Last = (statement) => {
      statement.catch(() => {})
      ending.push(statement)
    }
    try {
      const [, result] = await together(run('begin'), fn(trx, last))
      over = true
      // Behind one that failed "commit" rolls back.
      await together(...ending, run('commit'))
      return result
    } catch (error) {
      over = true
      const ended = await Promise.allSettled(ending)
      // A connection that broke has rolled back by itself.
      await run('rollback').catch(() => {})
      const errors: unknown[] = [...ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])), error]
      throw errors.find((one) => !isAfterwards(one)) ?? error
    }
  })
}

/** Failed for nothing but having been sent behind one that did (in_failed_sql_transaction). */
const isAfterwards = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && error.code === '25P02'
