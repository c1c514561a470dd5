import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { createMetrics } from '../metrics.ts'
import type { RowUpdate } from '../store/tables.ts'
import { uuidv7 } from '../uuid.ts'
import { fixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

export const log = pino({ level: 'silent' })
export const capacity = () => Promise.resolve({ memoryBytes: 8e9, memoryFreeBytes: 4e9 })
export const ago = (seconds: number) => sql<Date>`now() - make_interval(secs => ${seconds})`

export type ServersTest = { f: Fixture; metrics: ReturnType<typeof createMetrics> }

/** For the tests of a file about servers that are listened to: before each there is one, and nothing else. `use` is told of it. */
export function serversTests(use: (test: ServersTest) => void) {
  let database: TestDatabase
  let f: Fixture
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  beforeEach(async () => {
    f = await fixture(database.url)
    await sql`truncate servers, tenants, alerts, audit cascade`.execute(f.db)
    await f.db.insertInto('servers').values({ id: f.serverId, name: 'one', driver: 'process' }).execute()
    use({ f, metrics: createMetrics() })
    return () => f.close()
  })

  const addServer = async (name: string): Promise<string> => {
    const id = uuidv7()
    await f.db.insertInto('servers').values({ id, name, driver: 'process' }).execute()
    return id
  }
  const server = (id: string) => f.db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const set = (id: string, change: RowUpdate<'servers'>) => f.db.updateTable('servers').set(change).where('id', '=', id).execute()
  /** As if it had been listened to until now, and heard last so long ago. */
  const silentFor = (id: string, seconds: number, more: RowUpdate<'servers'> = {}) =>
    set(id, {
      state: 'well',
      listened_at: ago(0) as never,
      heard_at: ago(seconds) as never,
      silent_since: ago(seconds) as never,
      well_since: null,
      ...more,
    })
  const heard = (id: string, seconds = 3_600, more: RowUpdate<'servers'> = {}) =>
    set(id, {
      state: 'well',
      listened_at: ago(0) as never,
      heard_at: ago(0) as never,
      silent_since: null,
      well_since: ago(seconds) as never,
      ...more,
    })
  /** Connected, held by a link that said nothing for two minutes. */
  const ran = async (t: { bot: { id: string } }, more: RowUpdate<'bots'> = {}) =>
    f.db
      .updateTable('bots')
      .set({
        state: 'connected',
        reason: 'ready',
        number: '5511900000001',
        instance_state: 'running',
        instance_generation: 1,
        link_replica: uuidv7(),
        link_id: uuidv7(),
        last_beat_at: ago(120) as never,
        started_at: ago(3_600) as never,
        ...more,
      })
      .where('id', '=', t.bot.id)
      .execute()
  return { addServer, server, set, silentFor, heard, ran }
}
