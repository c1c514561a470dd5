import { DEFAULT_PACING, ZaptriaError } from '@zaptria/contract'
import type { BotCommand, DesiredState, Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Secrets } from '../secrets/index.ts'
import { uuidv7 } from '../uuid.ts'
import { resolveAlert } from './alerts.ts'
import { choosePlace } from './places.ts'
import type { Row, RowUpdate, Trx } from './tables.ts'

type BotSecrets = Pick<Secrets, 'botToken' | 'hashToken'>

/** `http`: a foreign bot, at its address. */
export type BotPlace = { transport: 'link'; public_url: null } | { transport: 'http'; public_url: string }

/** A bot that is wanted from now on: the reconcile loop finds it due. Its token is shown once, by whoever called. */
export async function insertBot(
  trx: Trx,
  secrets: BotSecrets,
  tenantId: string,
  place: BotPlace = { transport: 'link', public_url: null },
): Promise<{ bot: Row<'bots'>; token: string }> {
  const id = uuidv7()
  const server_id = await placeOf(trx, place)
  const token = await secrets.botToken(tenantId, 1, trx)
  const bot = await trx
    .insertInto('bots')
    .values({
      id,
      tenant_id: tenantId,
      desired: 'running',
      server_id,
      // The random end of the id: its beginning is the time, which two may share.
      container_name: `zaptria-bot-${id.slice(-12)}`,
      pacing: JSON.stringify(DEFAULT_PACING),
      ...place,
      token_hash: secrets.hashToken(token),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { bot, token }
}

/** A foreign bot takes no place; its server is where it would run if it came to us. */
async function placeOf(trx: Trx, { transport }: BotPlace): Promise<string> {
  const place = await choosePlace(trx)
  if ('serverId' in place) return place.serverId
  const any =
    transport === 'http'
      ? await trx.selectFrom('servers').select('id').orderBy('created_at').orderBy('id').limit(1).executeTakeFirst()
      : undefined
  if (any === undefined) throw new ZaptriaError('unavailable', { detail: place.why })
  return any.id
}

/** The tenant's bot, locked for a change. */
export async function lockBot(trx: Trx, tenantId: string): Promise<Row<'bots'> | undefined> {
  return trx.selectFrom('bots').selectAll().where('tenant_id', '=', tenantId).forUpdate().executeTakeFirst()
}

/** Writes what people want of a bot; the reconcile loop looks at it at once. Another generation is a wish for another instance. */
export async function changeBot(trx: Trx, id: string, change: RowUpdate<'bots'>): Promise<Row<'bots'>> {
  return trx
    .updateTable('bots')
    .set({
      ...change,
      ...(change.generation === undefined ? {} : { wished_at: sql<Date>`now()`, wished_boot: sql<string | null>`boot_id` }),
      version: sql`version + 1`,
      updated_at: sql`now()`,
      due_at: sql`now()`,
      attempts: 0,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** No change when it is that already: asking twice is asking once. */
export async function wantBot(trx: Trx, bot: Row<'bots'>, desired: DesiredState): Promise<Row<'bots'>> {
  if (bot.desired === desired) return bot
  // Started anew by a wish: what it was before has not failed.
  return changeBot(trx, bot.id, { desired, ...(desired === 'running' ? { generation: bot.generation + 1 } : {}) })
}

/** A new token; the spec is applied again with it. The old one is refused from this transaction on. */
export async function rotateBotToken(trx: Trx, secrets: BotSecrets, bot: Row<'bots'>): Promise<{ bot: Row<'bots'>; token: string }> {
  const version = bot.token_version + 1
  const token = await secrets.botToken(bot.tenant_id, version, trx)
  const changed = await changeBot(trx, bot.id, {
    token_version: version,
    token_hash: secrets.hashToken(token),
    generation: bot.generation + 1,
  })
  return { bot: changed, token }
}

/** A command for whoever holds the bot's link. One of a kind is enough while it waits. */
export async function commandBot(trx: Trx, bot: Row<'bots'>, command: BotCommand, expiresInSeconds: number): Promise<void> {
  await sql`
    insert into bot_commands (id, tenant_id, bot_id, command, expires_at)
    select ${uuidv7()}, ${bot.tenant_id}, ${bot.id}, ${JSON.stringify(command)}::jsonb, now() + make_interval(secs => ${expiresInSeconds})
    where not exists (select 1 from bot_commands where bot_id = ${bot.id} and done_at is null and handed_at is null
      and expires_at > now() and command = ${JSON.stringify(command)}::jsonb)`.execute(trx)
}

/**
 * The bot goes elsewhere: to an address of the customer's, or back to us. What was seen of it there says nothing of it here. A message that was
 * handed over there is `unknown`: whoever has it may send it, so that it must not be sent from the other place as well (rule 7). The caller has
 * locked the bot.
 */
export async function moveBot(trx: Trx, bot: Row<'bots'>, place: BotPlace): Promise<{ bot: Row<'bots'>; hints: Hint[] }> {
  const moved = await changeBot(trx, bot.id, {
    ...place,
    // An instance that is not gone yet when the bot comes back would not say again what it has said.
    generation: bot.generation + 1,
    ...FORGOTTEN,
  })
  await trx.insertInto('bot_states').values({ tenant_id: bot.tenant_id, bot_id: bot.id, state: 'starting', reason: 'boot' }).execute()
  await trx
    .updateTable('bot_commands')
    .set({ done_at: sql<Date>`now()`, error: 'the bot went elsewhere' })
    .where('bot_id', '=', bot.id)
    .where('done_at', 'is', null)
    .execute()
  const handed = await trx
    .updateTable('messages')
    .set({ status: 'unknown', due_at: null, updated_at: sql<Date>`now()` })
    .where('bot_id', '=', bot.id)
    .where('status', '=', 'handed')
    .returning('conversation_id')
    .execute()
  await sendAgainNow(trx, bot.id)
  const hints = [...new Set(handed.map((row) => row.conversation_id))].map((id): Hint => ({
    noun: 'message',
    id,
    tenant_id: bot.tenant_id,
    version: String(Date.now()),
  }))
  // Nobody else would: who raises these looks at what the bot says of itself.
  for (const kind of ['outbox_backlog', 'disk_low', 'sink_paused'] as const) {
    const resolved = await resolveAlert(trx, kind, bot.id)
    if (resolved !== null) hints.push(resolved)
  }
  return { bot: moved, hints }
}

/** A foreign bot has another address: what waits for the old one to answer again is tried at once. */
export async function readdressBot(trx: Trx, bot: Row<'bots'>, public_url: string): Promise<{ bot: Row<'bots'>; hints: Hint[] }> {
  const changed = await changeBot(trx, bot.id, { public_url })
  await sendAgainNow(trx, bot.id)
  const resolved = await resolveAlert(trx, 'sink_paused', bot.id)
  return { bot: changed, hints: resolved === null ? [] : [resolved] }
}

async function sendAgainNow(trx: Trx, botId: string): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ due_at: null })
    .where('bot_id', '=', botId)
    .where('status', '=', 'queued')
    .where('due_at', 'is not', null)
    .execute()
}

const FORGOTTEN = {
  state: 'starting',
  reason: 'boot',
  detail: null,
  state_at: sql<Date>`now()` as never,
  state_told_at: null,
  number: null,
  wa_name: null,
  qr_code: null,
  qr_expires_at: null,
  pairing_code: null,
  page_version: null,
  probe: null,
  last_beat_at: null,
  beat: null,
} as const satisfies RowUpdate<'bots'>
