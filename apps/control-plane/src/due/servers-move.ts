import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import { raiseEpoch } from '../grants/index.ts'
import { openAlertKinds, raiseAlert } from '../store/alerts.ts'
import { changeBot } from '../store/bots.ts'
import { LIVES, noteOusted } from '../store/ousted.ts'
import { choosePlace } from '../store/places.ts'
import { HEARD } from '../store/server-states.ts'
import type { Row, Trx } from '../store/tables.ts'

/** `busy`: where it would go, enough are being started. `nowhere`: no server takes it. Null: it need not move any more. */
export type Moved = { from: string; to: string | null; hints: Hint[] }

/**
 * The bot is on another server from here on. What was granted is not released, for nobody has confirmed the old instance gone: the new volume waits
 * until it has run out (rule 3). What was handed to the old instance stays handed: the new one settles it by key (rule 7).
 */
export async function moveAway(trx: Trx, botId: string, maxStarting: number): Promise<Moved> {
  const bot = await lockOnGivenUp(trx, botId)
  if (bot === undefined) return { from: '', to: null, hints: [] }
  const { server_name: from } = bot
  const place = await choosePlace(trx, { without: await without(trx, bot) })
  if ('why' in place) return { from, to: 'nowhere', hints: await tellNowhere(trx, bot, place.why) }
  const to = await trx.selectFrom('servers').select(['id', 'name']).where('id', '=', place.serverId).executeTakeFirstOrThrow()
  if ((await startingThere(trx, to.id)) >= maxStarting) return { from, to: 'busy', hints: [] }
  const lost = await outboxOf(trx, bot)
  const granted = await noteOusted(trx, bot)
  const moved = await changeBot(trx, bot.id, { server_id: to.id, moves: bot.moves + 1, generation: bot.generation + 1, ...NOT_SEEN_YET })
  // What the old volume says of the bot is not believed from here on, though nobody else was granted anything yet.
  if (granted) await raiseEpoch(trx, bot.id)
  await trx.insertInto('bot_states').values({ tenant_id: bot.tenant_id, bot_id: bot.id, state: 'starting', reason: 'boot' }).execute()
  const snapshot = await newestSnapshot(trx, bot.id)
  const detail = [`from ${from} to ${to.name}, because ${from} fell silent`, lost, snapshot].join('; ')
  const severity = snapshot === NO_SNAPSHOT ? 'critical' : 'warning'
  const alert = await raiseAlert(trx, { kind: 'bot_moved', severity, subject: bot.id, tenantId: bot.tenant_id, detail })
  return { from, to: to.name, hints: [alert, { noun: 'bot', id: bot.id, tenant_id: bot.tenant_id, version: moved.version }] }
}

type BotThere = Row<'bots'> & { server_name: string }

async function lockOnGivenUp(trx: Trx, botId: string): Promise<BotThere | undefined> {
  const { rows } = await sql<BotThere>`
    select b.*, s.name as server_name from bots b join servers s on s.id = b.server_id
    where b.id = ${botId} and s.state = 'given_up' and b.desired = 'running' and b.transport = 'link' and not ${LIVES}
    for update of b`.execute(trx)
  return rows[0]
}

/** Where it must not go: to what is not heard now, and to where an instance of its own may still be. */
async function without(trx: Trx, bot: BotThere): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from servers s where s.id = ${bot.server_id} or s.state <> 'well' or not ${HEARD}
      or exists (select from ousted_bots o where o.bot_id = ${bot.id} and o.server_id = s.id and o.gone_at is null)`.execute(trx)
  return rows.map(({ id }) => id)
}

/** Those that were moved there and are not up yet are on their way as well. */
async function startingThere(trx: Trx, serverId: string): Promise<number> {
  const { rows } = await sql<{ starting: number }>`
    select count(*)::int as starting from bots where server_id = ${serverId} and desired = 'running' and transport = 'link' and link_replica is null
      and (started_at > now() - interval '2 minutes' or started_at is null and moves > 0)`.execute(trx)
  return rows[0]?.starting ?? 0
}

/** What it had to say and we have not, by its last beat. */
async function outboxOf(trx: Trx, { id }: BotThere): Promise<string> {
  const { rows } = await sql<{ pending: number; oldest: number | null; ago: number }>`
    select (beat->>'outbox_pending')::int as pending, (beat->>'outbox_oldest_ms')::float8 as oldest, round(extract(epoch from now() - last_beat_at))::int as ago
    from bots where id = ${id} and beat is not null and last_beat_at is not null`.execute(trx)
  const [said] = rows
  if (said === undefined) return 'it had never said how much waits in its outbox'
  const oldest = said.oldest === null ? '' : `, the oldest for ${(said.oldest / 1000).toFixed(1)} s`
  return `${said.pending} events waited in its outbox${oldest}, as it said ${said.ago} s before`
}

const NO_SNAPSHOT = 'there is no snapshot of its session: it has to be scanned again'

async function newestSnapshot(trx: Trx, botId: string): Promise<string> {
  const newest = await trx
    .selectFrom('snapshots')
    .select('asked_at')
    .where('bot_id', '=', botId)
    .where('state', '=', 'stored')
    .where('void_at', 'is', null)
    .orderBy('asked_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return newest === undefined ? NO_SNAPSHOT : `its session comes from the snapshot of ${newest.asked_at.toISOString()}`
}

async function tellNowhere(trx: Trx, bot: BotThere, why: string): Promise<Hint[]> {
  if ((await openAlertKinds(trx, bot.id)).includes('bot_not_made')) return []
  const detail = `its server ${bot.server_name} was given up. ${why}`
  return [await raiseAlert(trx, { kind: 'bot_not_made', severity: 'critical', subject: bot.id, tenantId: bot.tenant_id, detail })]
}

/** Nothing of it was seen where it is from now on. Its number and name stay: it is the same account. */
const NOT_SEEN_YET = {
  instance_state: 'absent',
  instance_generation: null,
  instance_detail: null,
  instance_restarts: 0,
  instance_at: null,
  public_url: null,
  started_at: null,
  lease_until: null,
  link_replica: null,
  link_id: null,
  boot_id: null,
  last_beat_at: null,
  beat: null,
  state: 'starting',
  reason: 'boot',
  detail: null,
  state_at: sql<Date>`now()` as never,
  qr_code: null,
  qr_expires_at: null,
  pairing_code: null,
} as const
