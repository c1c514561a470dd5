import { sql } from 'kysely'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { insertMessages, outgoing } from '../store/messages.ts'
import { withTenant } from '../store/with-tenant.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { expireMessages } from './messages.ts'
import { queueScheduled } from './scheduled.ts'

let database: TestDatabase
let f: Fixture
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

/** A conversation with `bodies` scheduled, so many seconds from now each. */
async function scheduled(...bodies: [string, number][]) {
  const t = await f.makeTenant()
  await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
  const conversation = await f.db.selectFrom('conversations').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
  const nowMs = Date.now()
  const rows = bodies.map(([body, seconds]) => ({
    ...outgoing({ conversation, author: 'api', body, nowMs }),
    status: 'scheduled' as const,
    due_at_ms: nowMs + seconds * 1000,
  }))
  await withTenant(f.db, t.tenantId, (trx) => insertMessages(trx, rows))
  const list = async () => {
    const found = await f.db
      .selectFrom('messages')
      .select(['body', 'status', 'due_at'])
      .where('bot_id', '=', t.bot.id)
      .orderBy('seq')
      .execute()
    return found.map((row) => `${row.status}: ${row.body}`)
  }
  return { t, id: conversation.id, list }
}

describe('a scheduled message', () => {
  it('goes into the queue when its time has come, in the order of their times, behind what is there', async () => {
    const { t, id, list } = await scheduled(['third', -1], ['second', -2], ['first', -3], ['tomorrow', 86_400])
    await ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'tudo bem?' }))])
    await Promise.all([queueScheduled(f), queueScheduled(f)])
    await queueScheduled(f)
    expect(await list()).toEqual([
      'received: oi',
      'scheduled: tomorrow',
      'received: tudo bem?',
      'queued: first',
      'queued: second',
      'queued: third',
    ])
    const shown = await f.db.selectFrom('conversations').select('last_body').where('id', '=', id).executeTakeFirstOrThrow()
    expect(shown.last_body).toBe('third')
  })

  it('that somebody holds is passed over, and neither waited for nor lost', async () => {
    const { id, list } = await scheduled(['cancelled', -2], ['sent', -1])
    await f.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('messages')
        .set({ status: 'cancelled' })
        .where('body', '=', 'cancelled')
        .where('conversation_id', '=', id)
        .execute()
      await queueScheduled(f)
    })
    await queueScheduled(f)
    expect(await list()).toEqual(['received: oi', 'cancelled: cancelled', 'queued: sent'])
  })

  it('whose time passed long ago, while nobody looked, expires', async () => {
    const { id, list } = await scheduled(['too late', -1])
    await sql`update messages set due_at = now() - interval '2 days', expires_at = now() - interval '1 day'
      where conversation_id = ${id} and status = 'scheduled'`.execute(f.db)
    await queueScheduled(f)
    await expireMessages(f)
    expect(await list()).toEqual(['received: oi', 'expired: too late'])
  })
})
