import type { BotEventBody, MessageEvent } from '@zaptria/contract'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { ingest } from '../ingest/index.ts'
import { raiseAlert } from '../store/alerts.ts'
import { askChange } from '../store/asked-changes.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'
import { event, incoming } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import { makeStoredSnapshot } from './snapshots.ts'

export type FilledTenant = Awaited<ReturnType<Fixture['makeTenant']>>

/** A reaction, another text, and one for a message that is not here. */
const changesOf = ({ wa_id, chat_id, sender, timestamp }: MessageEvent): BotEventBody[] => {
  const target = { wa_id, chat_id, from_me: false, sender }
  const about = { alias_chat_id: null, from_me: false, sender, timestamp_ms: timestamp * 1000 + 1 }
  return [
    { kind: 'reaction', target, ...about, emoji: '👍' },
    { kind: 'edit', target, ...about, body: 'outro segredo' },
    { kind: 'revoke', target: { ...target, wa_id: 'NOT-HERE' }, ...about },
  ]
}

/** A tenant with rows in every table that has a tenant's. */
export const filledTenant = async (f: Fixture): Promise<FilledTenant> => {
  const t = await f.makeTenant({ flow: Flow.parse(SAMPLE_FLOW) })
  await ingest(f, t.bot, t.volumeId, [
    event(1, { kind: 'state', state: 'connected', reason: 'ready' }),
    event(2, incoming({ body: 'segredo', type: 'image', media: { mimetype: 'image/png' } })),
  ])
  const expires_at = new Date(Date.now() + 45_000)
  await f.db.insertInto('grants').values({ bot_id: t.bot.id, tenant_id: t.tenantId, epoch: 1, volume_id: t.volumeId, expires_at }).execute()
  const { server_id } = await f.db.selectFrom('bots').select('server_id').where('id', '=', t.bot.id).executeTakeFirstOrThrow()
  await f.db.insertInto('ousted_bots').values({ bot_id: t.bot.id, tenant_id: t.tenantId, server_id, epoch: 1 }).execute()
  await f.db
    .insertInto('bot_commands')
    .values({ id: t.volumeId, tenant_id: t.tenantId, bot_id: t.bot.id, command: '{"kind":"logout"}', expires_at })
    .execute()
  await f.db
    .insertInto('events_set_aside')
    .values({ event_id: t.volumeId, bot_id: t.bot.id, tenant_id: t.tenantId, event: Buffer.from('{}'), error: 'x' })
    .execute()
  // Heard from: the event and its delivery are written by the triggers.
  const url = 'https://app.example.com/'
  await f.db
    .insertInto('webhook_endpoints')
    .values({ id: uuidv7(), tenant_id: t.tenantId, url, sealed_secret: Buffer.from('x') })
    .execute()
  const again = incoming({ body: 'de novo' })
  await ingest(f, t.bot, t.volumeId, [event(1_000, again), ...changesOf(again).map((body, nr) => event(1_001 + nr, body))])
  const message = await f.db.selectFrom('messages').selectAll().where('tenant_id', '=', t.tenantId).limit(1).executeTakeFirstOrThrow()
  const asked = { kind: 'react', content: '👍', askedBy: 'key:1', expiresInMs: 60_000 } as const
  await withTenant(f.db, t.tenantId, (trx) => askChange(trx, message, asked))
  const merged = { id: uuidv7(), tenant_id: t.tenantId, into_id: message.conversation_id }
  await f.db.insertInto('merged_conversations').values(merged).execute()
  await f.db
    .insertInto('pairing_links')
    .values({ tenant_id: t.tenantId, hash: Buffer.alloc(32), expires_at: new Date(Date.now() + 60_000) })
    .execute()
  await f.db.insertInto('quick_replies').values({ id: uuidv7(), tenant_id: t.tenantId, shortcut: 'oi', body: 'Olá!' }).execute()
  await makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
  await raiseAlert(f.db, { kind: 'bot_failed', severity: 'warning', subject: t.bot.id, tenantId: t.tenantId, detail: null })
  return t
}
