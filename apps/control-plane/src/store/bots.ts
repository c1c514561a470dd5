import { DEFAULT_PACING, ZaptriaError } from '@zaptria/contract'
import type { BotCommand, DesiredState } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Secrets } from '../secrets/index.ts'
import { uuidv7 } from '../uuid.ts'
import type { Row, RowUpdate, Trx } from './tables.ts'

type BotSecrets = Pick<Secrets, 'botToken' | 'hashToken'>

/** A bot that is wanted from now on: the reconcile loop finds it due. Its token is shown once, by whoever called. */
export async function insertBot(trx: Trx, secrets: BotSecrets, tenantId: string): Promise<{ bot: Row<'bots'>; token: string }> {
  const id = uuidv7()
  const server = await trx
    .selectFrom('servers')
    .select('id')
    .where('cordoned', '=', false)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (server === undefined) throw new ZaptriaError('unavailable', { detail: 'There is no server to run bots on yet.' })
  const token = await secrets.botToken(tenantId, 1, trx)
  const bot = await trx
    .insertInto('bots')
    .values({
      id,
      tenant_id: tenantId,
      desired: 'running',
      server_id: server.id,
      // The random end of the id: its beginning is the time, which two may share.
      container_name: `zaptria-bot-${id.slice(-12)}`,
      pacing: JSON.stringify(DEFAULT_PACING),
      token_hash: secrets.hashToken(token),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { bot, token }
}

/** The tenant's bot, locked for a change. */
export async function lockBot(trx: Trx, tenantId: string): Promise<Row<'bots'> | undefined> {
  return trx.selectFrom('bots').selectAll().where('tenant_id', '=', tenantId).forUpdate().executeTakeFirst()
}

/** Writes what people want of a bot; the reconcile loop looks at it at once. */
export async function changeBot(trx: Trx, id: string, change: RowUpdate<'bots'>): Promise<Row<'bots'>> {
  return trx
    .updateTable('bots')
    .set({ ...change, version: sql`version + 1`, updated_at: sql`now()`, due_at: sql`now()`, attempts: 0 })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** No change when it is that already: asking twice is asking once. */
export async function wantBot(trx: Trx, bot: Row<'bots'>, desired: DesiredState): Promise<Row<'bots'>> {
  return bot.desired === desired ? bot : changeBot(trx, bot.id, { desired })
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
