import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { migrate } from '../store/migrate.ts'

/** How long a start waits for a database that is not there yet. */
const PATIENCE_MS = 60_000

/** Migrates, waiting for a database that starts beside us. What it refuses for good is thrown at once. */
export async function migrateWhenThere(url: string, log: Logger): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (let attempt = 0; ; attempt += 1) {
    try {
      const applied = await migrate(url)
      if (applied.length > 0) log.info({ applied }, 'migrations were applied')
      return
    } catch (error) {
      if (!isAway(error) || performance.now() > deadline) throw error
      if (attempt === 0) log.warn({ err: error }, 'the database does not answer yet; waiting for it')
      await delay(Math.min(250 * 2 ** attempt, 2_000))
    }
  }
}

/** No socket yet, refused or reset connections, and a server that is starting up or shutting down (class 57). */
function isAway(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return error instanceof Error && 'syscall' in error && error.syscall === 'connect'
  return ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'].includes(code) || code.startsWith('57P')
}
