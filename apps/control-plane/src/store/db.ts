import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { PreparedClient } from './prepared-client.ts'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Database = { db: Db; pool: pg.Pool; close: () => Promise<void> }

/** Opens a pool. Nothing connects before the first query. `onError` hears of idle connections that broke: the pool replaces them by itself. */
export function createDatabase(url: string, options: { max?: number; onError?: (error: Error) => void } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    Client: PreparedClient,
    // Statements that do not need each other's answers are on their way together.
    pipeline: true,
    max: options.max ?? 20,
    connectionTimeoutMillis: 10_000,
    // A new one has to plan every statement anew, at the worst time: when more are wanted at once than before.
    idleTimeoutMillis: 10 * 60_000,
    application_name: 'zaptria',
    keepAlive: true,
    // Sooner than a firewall forgets an idle connection.
    keepAliveInitialDelayMillis: 60_000,
    // A statement or a forgotten transaction that hangs must not hold rows for ever.
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  // Without a listener a database restart would end the process.
  pool.on('error', (error) => options.onError?.(error))
  // A connection can break while it is checked out but runs no query; pg reports that on the client itself.
  pool.on('connect', (client) => client.on('error', (error) => options.onError?.(error)))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}
