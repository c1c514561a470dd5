import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { migrate } from '../store/migrate.ts'

/** How long a start waits for a database of which nothing is heard. */
const PATIENCE_MS = 60_000

/**
 * Migrates, waiting for a database that starts beside us; for one that says it is recovering, as long as it says so. What it refuses for good is
 * thrown at once.
 */
export async function migrateWhenThere(url: string, log: Logger, patienceMs = PATIENCE_MS): Promise<void> {
  let deadline = performance.now() + patienceMs
  for (let attempt = 0; ; attempt += 1) {
    try {
      const applied = await migrate(url)
      if (applied.length > 0) log.info({ applied }, 'migrations were applied')
      return
    } catch (error) {
      if (codeOf(error) === CANNOT_CONNECT_NOW) deadline = performance.now() + patienceMs
      if (!isAway(error) || performance.now() > deadline) throw error
      // At once, and about once a minute.
      if (attempt % 30 === 0) log.warn({ err: error }, 'the database does not answer yet; waiting for it')
      await delay(Math.min(250 * 2 ** attempt, 2_000))
    }
  }
}

/** It starts, recovers or ends. */
const CANNOT_CONNECT_NOW = '57P03'

const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '')

/** No socket yet, refused or reset connections, and a server that is starting up or shutting down (class 57). */
function isAway(error: unknown): boolean {
  const code = codeOf(error)
  if (code === 'ENOENT') return error instanceof Error && 'syscall' in error && error.syscall === 'connect'
  return ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'].includes(code) || code.startsWith('57P')
}
