import { page } from '@zaptria/contract'
import { z } from 'zod'
import type { Db } from '../store/db.ts'
import { listServers } from '../store/servers-read.ts'
import type { App } from './app.ts'

/** A place where bots run. */
const ServerView = z.object({
  id: z.uuid(),
  name: z.string(),
  driver: z.string(),
  address: z.string().nullable(),
  region: z.string().nullable(),
  capacity: z.int(),
  bots: z.int().describe('How many bots it is to hold.'),
  created_at: z.iso.datetime(),
})

export function serverRoutes(app: App, { db }: { db: Db }): void {
  app.get('/servers', { schema: { tags: ['servers'], summary: 'List servers', response: { 200: page(ServerView) } } }, async () => ({
    items: (await listServers(db)).map((row) => ({ ...row, created_at: row.created_at.toISOString() })),
    next: null,
  }))
}
