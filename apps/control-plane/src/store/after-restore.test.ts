import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireMessages } from '../due/messages.ts'
import { queueScheduled } from '../due/scheduled.ts'
import { requestGrant } from '../grants/index.ts'
import { ingest } from '../ingest/index.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { takeCommands } from './commands.ts'
import { linkUp } from './link.ts'
import { insertMessages, outgoing } from './messages.ts'
import { withTenant } from './with-tenant.ts'

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

const restored = () => sql`select after_restore()`.execute(f.db)

/** A bot with messages that waited when the backup was taken: how, and the seconds until they are due or expire. */
async function waiting(transport: 'link' | 'http', ...messages: [body: string, status: 'queued' | 'scheduled', seconds: number][]) {
  const t = await f.makeTenant({ transport })
  await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
  const conversation = await f.db.selectFrom('conversations').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
  const nowMs = Date.now()
  const rows = messages.map(([body, status, seconds]) => ({
    ...outgoing({ conversation, author: 'api', body, nowMs }),
    status,
    ...(status === 'scheduled' ? { due_at_ms: nowMs + seconds * 1000 } : {}),
  }))
  await withTenant(f.db, t.tenantId, (trx) => insertMessages(trx, rows))
  for (const [body, status, seconds] of messages)
    if (status === 'queued')
      await f.db
        .updateTable('messages')
        .set({ expires_at: new Date(nowMs + seconds * 1000) })
        .where('bot_id', '=', t.bot.id)
        .where('body', '=', body)
        .execute()
  const list = async (): Promise<string[]> => {
    const found = await f.db.selectFrom('messages').selectAll().where('bot_id', '=', t.bot.id).where('from_me', '=', true).execute()
    return found.map(({ body, status }) => `${status}: ${body}`).toSorted()
  }
  return { t, list }
}

describe('a restored database', () => {
  it('gives no epoch that may have been given since its backup', async () => {
    const t = await f.makeTenant()
    const ask = (volumeId: string) =>
      requestGrant(
        { db: f.db, maxStarting: 100 },
        { botId: t.bot.id, tenantId: t.tenantId, volumeId, bootId: randomUUID(), sessionOpen: false },
      )
    expect(await ask(t.volumeId)).toMatchObject({ granted: true, epoch: 1 })
    await restored()
    expect(await ask(t.volumeId)).toMatchObject({ granted: true, epoch: 1_000_001 })
    await f.db
      .updateTable('grants')
      .set({ expires_at: new Date(0) })
      .where('bot_id', '=', t.bot.id)
      .execute()
    expect(await ask(randomUUID())).toMatchObject({ granted: true, epoch: 1_000_002 })
  })

  it('has what waited looked for by its key before it is sent, also what has expired, and what was scheduled for a moment that is past', async () => {
    const { t, list } = await waiting(
      'link',
      ['now', 'queued', 600],
      ['late', 'queued', -600],
      ['past', 'scheduled', -60],
      ['later', 'scheduled', 600],
    )
    await restored()
    await expireMessages(f)
    await queueScheduled(f)
    expect(await list()).toEqual(['handed: late', 'handed: now', 'queued: past', 'scheduled: later'])
    const linkId = randomUUID()
    await linkUp(f.db, t.bot, { volumeId: t.volumeId, bootId: randomUUID(), replicaId: randomUUID(), linkId })
    await f.db.updateTable('bots').set({ state: 'connected' }).where('id', '=', t.bot.id).execute()
    const [told] = await takeCommands(f.db, [{ bot: t.bot, linkId, volumeId: t.volumeId }])
    const sends = told!.flatMap(({ command }) => (command.kind === 'send' && command.message.type === 'text' ? [command] : []))
    const late = expect.objectContaining({ message: { type: 'text', body: 'late' }, expires_in_ms: 1 })
    expect(sends).toContainEqual(late)
    // From the second attempt on the bot looks first.
    expect(sends.map(({ attempt }) => attempt)).toEqual([2, 2, 2])
  })

  it('does not know what became of what a foreign bot was to send', async () => {
    const { list } = await waiting('http', ['now', 'queued', 600], ['past', 'scheduled', -60], ['later', 'scheduled', 600])
    await restored()
    expect(await list()).toEqual(['scheduled: later', 'unknown: now', 'unknown: past'])
  })
})
