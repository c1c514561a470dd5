import { randomUUID } from 'node:crypto'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
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

/** A tenant with a conversation of one message. */
async function talking() {
  const tenant = await f.makeTenant()
  await ingest(f, tenant.bot, tenant.volumeId, [event(1, incoming({ body: 'oi' }))])
  const conversation = await f.db
    .selectFrom('conversations')
    .select(['id', 'tenant_id', 'bot_id'])
    .where('bot_id', '=', tenant.bot.id)
    .executeTakeFirstOrThrow()
  return { tenant, conversation }
}

const refused = { code: '23503', message: expect.stringContaining('messages must be in a conversation of their tenant') }

it('no message is stored without its conversation, also one among many', async () => {
  const { tenant, conversation } = await talking()
  const write = (id: string) => outgoing({ conversation: { ...conversation, id }, author: 'person', body: 'olá', nowMs: Date.now() })
  const nowhere = randomUUID()
  await expect(
    withTenant(f.db, tenant.tenantId, (trx) => insertMessages(trx, [write(conversation.id), write(nowhere)])),
  ).rejects.toMatchObject({ ...refused, message: expect.stringContaining(nowhere) })
  const stored = f.db.selectFrom('messages').select('body').where('bot_id', '=', tenant.bot.id)
  expect(await stored.execute()).toEqual([{ body: 'oi' }])
})

it('another tenant’s conversation is none', async () => {
  const [one, other] = [await talking(), await talking()]
  const message = outgoing({
    conversation: { ...one.conversation, id: other.conversation.id },
    author: 'person',
    body: 'olá',
    nowMs: Date.now(),
  })
  await expect(withTenant(f.db, one.tenant.tenantId, (trx) => insertMessages(trx, [message]))).rejects.toMatchObject(refused)
  // Nor to somebody who sees both.
  await expect(f.db.transaction().execute((trx) => insertMessages(trx, [message]))).rejects.toMatchObject(refused)
})

it('a message is not moved to where there is none, and no conversation goes that still has messages', async () => {
  const { conversation } = await talking()
  const messages = f.db.updateTable('messages').where('conversation_id', '=', conversation.id)
  await expect(messages.set({ conversation_id: randomUUID() }).execute()).rejects.toMatchObject(refused)
  const gone = f.db.deleteFrom('conversations').where('id', '=', conversation.id)
  await expect(gone.execute()).rejects.toMatchObject({ ...refused, message: expect.stringContaining(conversation.id) })
  await f.db.deleteFrom('messages').where('conversation_id', '=', conversation.id).execute()
  await gone.execute()
})
