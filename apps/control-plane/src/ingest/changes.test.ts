import { randomUUID } from 'node:crypto'
import type { BotEventBody, MessageEvent } from '@zaptria/contract'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageView } from '../http/message-view.ts'
import { findMessage } from '../store/messages-read.ts'
import { withTenant } from '../store/with-tenant.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { ingest } from './index.ts'

let database: TestDatabase
let f: Fixture
const ANA = '5511988887777@c.us'
const ANA_LID = '99887766554433@lid'
const GROUP = '120363000000000001@g.us'

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const about = (message: MessageEvent, atS = 0) => ({
  target: { wa_id: message.wa_id, chat_id: message.chat_id, from_me: message.from_me, sender: message.sender },
  alias_chat_id: null,
  from_me: false,
  sender: message.sender,
  timestamp_ms: message.timestamp * 1000 + atS * 1000,
})
const reaction = (message: MessageEvent, emoji: string, atS: number, more: object = {}) =>
  ({ kind: 'reaction', ...about(message, atS), emoji, ...more }) as const
const edit = (message: MessageEvent, body: string, atS: number) => ({ kind: 'edit', ...about(message, atS), body }) as const
const revoke = (message: MessageEvent, atS: number) => ({ kind: 'revoke', ...about(message, atS) }) as const

/** A bot whose events are taken in one after the other, each list as one batch. */
async function talk(flow?: Flow) {
  const t = await f.makeTenant(flow === undefined ? {} : { flow })
  let seq = 0
  const view = async (waId: string) => {
    const row = await f.db
      .selectFrom('messages')
      .select(['id', 'conversation_id'])
      .where('bot_id', '=', t.bot.id)
      .where('wa_id', '=', waId)
      .executeTakeFirst()
    if (row === undefined) throw new Error(`${waId} is not stored`)
    return withTenant(f.db, t.tenantId, async (trx) => messageView((await findMessage(trx, row.conversation_id, row.id))!))
  }
  return {
    ...t,
    hear: (...bodies: BotEventBody[]) =>
      ingest(
        f,
        t.bot,
        t.volumeId,
        bodies.map((body) => event((seq += 1), body)),
      ),
    view,
    emojis: async (waId: string) =>
      (await view(waId)).reactions.map((each) => `${each.from_me ? 'me' : (each.sender ?? 'them')} ${each.emoji}`),
    texts: async () =>
      (await f.db.selectFrom('message_texts').select('body').where('tenant_id', '=', t.tenantId).orderBy('at').execute()).map(
        (row) => row.body,
      ),
    early: async () =>
      (await f.db.selectFrom('early_changes').select('kind').where('bot_id', '=', t.bot.id).orderBy('kind').execute()).map(
        (row) => row.kind,
      ),
    conversation: () => f.db.selectFrom('conversations').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow(),
  }
}

describe('a reaction', () => {
  it('is one per person, the newest, in whatever order they are told', async () => {
    const t = await talk()
    const said = incoming({ body: 'oi' })
    await t.hear(said, reaction(said, '👍', 1), reaction(said, '👍', 2, { from_me: true }), reaction(said, '❤️', 5))
    await t.hear(reaction(said, '😂', 3), reaction(said, '❤️', 5))
    expect(await t.emojis(said.wa_id)).toEqual(['me 👍', 'them ❤️'])
    await t.hear(reaction(said, '', 9))
    await t.hear(reaction(said, '😮', 7))
    expect(await t.emojis(said.wa_id)).toEqual(['me 👍'])
  })

  it('is one for each participant of a group', async () => {
    const t = await talk()
    const said = incoming({ body: 'oi', chat_id: GROUP, sender: ANA })
    await t.hear(said, reaction(said, '👍', 1), reaction(said, '🎉', 2, { sender: '5511977776666@c.us' }))
    expect(await t.emojis(said.wa_id)).toEqual([`${ANA} 👍`, '5511977776666@c.us 🎉'])
  })

  it('finds its message under the other name of the chat', async () => {
    const t = await talk()
    const said = incoming({ body: 'oi', chat_id: ANA, lid: ANA_LID })
    await t.hear(said)
    await t.hear({ ...reaction(said, '👍', 1), target: { ...about(said).target, chat_id: ANA_LID, sender: ANA_LID } })
    const other = incoming({ body: 'só o telefone', chat_id: '5511955554444@c.us' })
    await t.hear(other)
    const key = { ...about(other).target, chat_id: '11223344@lid', sender: '11223344@lid' }
    await t.hear({ ...reaction(other, '🙏', 1), target: key, alias_chat_id: '5511955554444@c.us' })
    expect([await t.emojis(said.wa_id), await t.emojis(other.wa_id)]).toEqual([['them 👍'], ['them 🙏']])
  })
})

describe('an edit', () => {
  it('shows the newest text, keeps the older ones, and starts no flow', async () => {
    const t = await talk(Flow.parse(SAMPLE_FLOW))
    const said = incoming({ body: 'oi' })
    await t.hear(said)
    const replies = await f.db.selectFrom('messages').select('id').where('bot_id', '=', t.bot.id).execute()
    await t.hear(edit(said, 'terceiro', 20), edit(said, 'segundo', 10), edit(said, 'terceiro', 20))
    expect(await t.view(said.wa_id)).toMatchObject({ body: 'terceiro', edited_at: new Date((said.timestamp + 20) * 1000).toISOString() })
    expect(await t.texts()).toEqual(['oi', 'segundo'])
    expect(await f.db.selectFrom('messages').select('id').where('bot_id', '=', t.bot.id).execute()).toHaveLength(replies.length)
  })

  it('shows in the list of conversations where it is the last message', async () => {
    const t = await talk()
    const [first, last] = [incoming({ body: 'um', timestamp: 1_700_000_000 }), incoming({ body: 'dois', timestamp: 1_700_000_100 })]
    await t.hear(first, last, edit(first, 'primeiro', 5))
    expect(await t.conversation()).toMatchObject({ last_body: 'dois' })
    await t.hear(edit(last, 'segundo', 5))
    expect(await t.conversation()).toMatchObject({ last_body: 'segundo' })
  })
})

describe('a deletion', () => {
  it('hides what was said, for good', async () => {
    const t = await talk()
    const said = incoming({ body: 'segredo', type: 'image', media: { mimetype: 'image/png' } })
    await t.hear(said, reaction(said, '👍', 1), revoke(said, 10))
    await t.hear(edit(said, 'outra vez', 20))
    expect(await t.view(said.wa_id)).toMatchObject({
      body: '',
      media: null,
      reactions: [],
      edited_at: null,
      deleted_at: new Date((said.timestamp + 10) * 1000).toISOString(),
    })
    expect(await t.conversation()).toMatchObject({ last_body: '', last_type: 'revoked' })
    await t.hear(revoke(said, 99))
    expect((await t.view(said.wa_id)).deleted_at).toBe(new Date((said.timestamp + 10) * 1000).toISOString())
  })
})

describe('what comes before its message', () => {
  it('waits for it, under any of its names, and is applied when it comes', async () => {
    const t = await talk(Flow.parse(SAMPLE_FLOW))
    const [one, two, three] = [incoming({ body: 'um' }), incoming({ body: 'dois', chat_id: ANA, lid: ANA_LID }), incoming({ body: 'três' })]
    await t.hear(reaction(one, '😂', 1), reaction(one, '👍', 2), edit(one, 'primeiro', 3), revoke(three, 4))
    await t.hear({ ...reaction(two, '🎉', 1), target: { ...about(two).target, chat_id: ANA_LID, sender: ANA_LID } })
    expect(await t.early()).toEqual(['edit', 'reaction', 'reaction', 'revoke'])
    await t.hear(three)
    expect(await t.view(three.wa_id)).toMatchObject({ body: '', deleted_at: expect.any(String) })
    expect(await f.db.selectFrom('messages').select('id').where('bot_id', '=', t.bot.id).where('author', '=', 'flow').execute()).toEqual([])
    await t.hear(one, two)
    expect(await t.view(one.wa_id)).toMatchObject({ body: 'primeiro', reactions: [{ emoji: '👍' }] })
    expect(await t.emojis(two.wa_id)).toEqual(['them 🎉'])
    expect(await t.early()).toEqual([])
  })

  it('is taken by no other message that happens to have the same id', async () => {
    const t = await talk()
    const said = incoming({ body: 'oi' })
    await t.hear(reaction(incoming({ body: '', wa_id: said.wa_id, chat_id: '5511911110000@c.us' }), '👍', 1), said)
    expect(await t.emojis(said.wa_id)).toEqual([])
    expect(await t.early()).toEqual(['reaction'])
  })
})

describe('what was done to a message that was stored under both names of its chat', () => {
  it('is kept when the two are learnt to be one', async () => {
    const t = await talk()
    const byPhone = incoming({ body: 'oi', chat_id: ANA, wa_id: 'SAME', phone: null })
    const byLid = incoming({ body: 'oi', chat_id: ANA_LID, wa_id: 'SAME' })
    await t.hear(byPhone, byLid)
    await t.hear(reaction(byLid, '👍', 1), edit(byLid, 'olá', 2), reaction(byPhone, '🙏', 3, { from_me: true }))
    await t.hear(incoming({ body: 'sou eu', chat_id: ANA, lid: ANA_LID }))
    const rows = await f.db.selectFrom('messages').select('wa_id').where('bot_id', '=', t.bot.id).where('wa_id', '=', 'SAME').execute()
    expect(rows).toHaveLength(1)
    expect(await t.view('SAME')).toMatchObject({ body: 'olá', edited_at: expect.any(String) })
    expect(await t.emojis('SAME')).toEqual(['them 👍', 'me 🙏'])
    expect(await t.texts()).toEqual(['oi'])
  })
})

describe('what we asked for', () => {
  it('is done once, whether the page tells of it first, later, or never', async () => {
    const t = await talk()
    const said = incoming({ body: 'oi' })
    await t.hear(said)
    const row = await f.db.selectFrom('messages').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    const ask = async (content: string) => {
      const id = randomUUID() as string
      await f.db
        .insertInto('message_changes')
        .values({
          id,
          tenant_id: t.tenantId,
          bot_id: t.bot.id,
          conversation_id: row.conversation_id,
          message_id: row.id,
          kind: 'react',
          content,
          status: 'handed',
          handed_at: new Date(),
          asked_by: 'key:1',
          expires_at: new Date(Date.now() + 60_000),
        })
        .execute()
      return id
    }
    const done = (change_id: string) => ({ kind: 'change_result', change_id, outcome: 'done' }) as const
    const mine = (emoji: string) => ({ ...reaction(said, emoji, 0, { from_me: true }), timestamp_ms: Date.now() })
    const first = await ask('👍')
    await t.hear(done(first))
    expect(await t.emojis(said.wa_id)).toEqual(['me 👍'])
    await t.hear(mine('👍'), done(first))
    expect(await t.emojis(said.wa_id)).toEqual(['me 👍'])
    const second = await ask('🎉')
    await t.hear(mine('🎉'), done(second))
    expect(await t.emojis(said.wa_id)).toEqual(['me 🎉'])
    const third = await ask('😮')
    await t.hear({ kind: 'change_result', change_id: third, outcome: 'failed', reason: 'rejected_by_whatsapp', detail: 'no' })
    expect(await t.emojis(said.wa_id)).toEqual(['me 🎉'])
    expect((await t.view(said.wa_id)).change).toMatchObject({
      kind: 'react',
      status: 'failed',
      failure: { reason: 'rejected_by_whatsapp' },
    })
  })
})
