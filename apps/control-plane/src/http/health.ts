import { ZaptriaError } from '@zaptria/contract'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'

const DATABASE_PATIENCE_MS = 2_000

/** `/healthz`: the event loop turns. `/readyz`: the database answers, so that requests can be served. */
export function healthRoutes(app: App, { db }: { db: Db }): void {
  const response = { 200: z.object({ status: z.enum(['ok']) }) }

  app.get('/healthz', { schema: { tags: ['health'], security: [], summary: 'Alive', response } }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', { schema: { tags: ['health'], security: [], summary: 'Ready to serve', response } }, async () => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('the database did not answer in time')), DATABASE_PATIENCE_MS)
    try {
      await Promise.race([sql`select 1`.execute(db), late.promise])
    } catch (cause) {
      throw new ZaptriaError('unavailable', { detail: 'The database does not answer.', cause })
    } finally {
      clearTimeout(timer)
    }
    return { status: 'ok' as const }
  })
}
