import type { DesiredState, Pacing } from '@zaptria/contract'
import { sql } from 'kysely'
import { CHANGES_WAIT, requeueChanges } from './asked-changes.ts'
import type { Db } from './db.ts'
import { isOusted } from './ousted.ts'
import { abandonSnapshots } from './snapshots.ts'
import type { Trx } from './tables.ts'
import { lockVolume } from './volumes.ts'
import { withTenant } from './with-tenant.ts'

/** The link is our own bots': one that became a foreign bot is told to stop, as a removed one is. */
const DESIRED = sql<DesiredState>`case when transport = 'link' then desired else 'removed' end`

export type LinkedBot = { id: string; tenantId: string; desired: DesiredState; tokenHash: Buffer }

/** The bot of a tenant, named by our id; of a removed one too, so that it can be told to stop. */
export async function botOfTenant(db: Db, tenantId: string): Promise<LinkedBot | null> {
  const row = await db
    .selectFrom('bots')
    .select(['bots.id', 'bots.tenant_id as tenantId', 'bots.token_hash as tokenHash', DESIRED.as('desired')])
    .where('bots.tenant_id', '=', tenantId)
    .executeTakeFirst()
  return row ?? null
}

/** `linkId`: of this one connection. `place`: where the instance says that it is. */
export type Hello = { volumeId: string; bootId: string; replicaId: string; linkId: string; place?: number | undefined }
/** `aside`: it was left behind on a server that the bot was taken from. It may bring what it holds, and is told nothing. */
export type LinkStart = {
  aside: boolean
  ackedSeq: number
  pacing: Pacing
  version: string
  moves: number
  watermarks: Record<string, number> | null
}

/** A link begins: the bot is ours to talk to, and what was handed to it without a word since is due again. */
export function linkUp(db: Db, bot: { id: string; tenantId: string }, hello: Hello): Promise<LinkStart> {
  return withTenant(db, bot.tenantId, async (trx) => {
    const ackedSeq = await lockVolume(trx, bot, hello.volumeId)
    const before = await trx
      .selectFrom('bots')
      .select(['id', 'boot_id', 'moves', 'pacing', 'version'])
      .where('id', '=', bot.id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    if (await isOusted(trx, before, hello)) {
      const { pacing, version, moves } = before
      return { aside: true, ackedSeq, pacing, version, moves, watermarks: null }
    }
    const row = await trx
      .updateTable('bots')
      .set({
        link_replica: hello.replicaId,
        link_id: hello.linkId,
        link_at: sql<Date>`now()`,
        boot_id: hello.bootId,
        last_beat_at: sql<Date>`now()`,
        due_at: sql<Date>`least(due_at, now())`,
        version: sql`version + 1`,
      })
      .where('id', '=', bot.id)
      .returning(['pacing', 'version'])
      .executeTakeFirstOrThrow()
    // The same process remembers what the page has; another one has to settle it by key (attempt > 1).
    await trx
      .updateTable('messages')
      .set({ due_at: sql<Date>`now()` })
      .where('bot_id', '=', bot.id)
      .where('status', '=', 'handed')
      .$if(before.boot_id === hello.bootId, (query) => query.where('page_at', 'is', null))
      .execute()
    if (before.boot_id !== hello.bootId) await abandonSnapshots(trx, bot.id)
    await requeueChanges(trx, bot.id)
    await trx.updateTable('bot_commands').set({ handed_at: null }).where('bot_id', '=', bot.id).where('done_at', 'is', null).execute()
    return {
      aside: false,
      ackedSeq,
      pacing: row.pacing,
      version: row.version,
      moves: before.moves,
      watermarks: ackedSeq === 0 ? await watermarks(trx, bot.id) : null,
    }
  })
}

/** Newest stored WhatsApp time per chat, under both of its names: for a volume that knows nothing yet. Our own clock's times do not count. */
async function watermarks(trx: Trx, botId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ chat_id: string; alias_chat_id: string | null; at: number }>`
    select c.chat_id, c.alias_chat_id, floor(extract(epoch from m.wa_at))::float8 as at
    from (select * from conversations where bot_id = ${botId} order by updated_at desc limit 5000) c
    cross join lateral (select max(wa_at) as wa_at from messages where conversation_id = c.id and author in ('contact', 'owner')) m
    where m.wa_at is not null`.execute(trx)
  return Object.fromEntries(
    rows.flatMap((row) => [row.chat_id, ...(row.alias_chat_id === null ? [] : [row.alias_chat_id])].map((chat) => [chat, row.at])),
  )
}

/** The link ended; unless the bot has another one by now. Answers with the bot's version when it was its last. */
export async function linkDown(db: Db, botId: string, linkId: string): Promise<string | null> {
  const row = await db
    .updateTable('bots')
    .set({
      link_replica: null,
      link_id: null,
      link_at: sql<Date>`now()`,
      due_at: sql<Date>`least(due_at, now())`,
      version: sql`version + 1`,
    })
    .where('id', '=', botId)
    .where('link_id', '=', linkId)
    .returning('version')
    .executeTakeFirst()
  return row?.version ?? null
}

export type LinkedState = {
  id: string
  desired: DesiredState
  moves: number
  link_replica: string | null
  pacing: Pacing
  work: boolean
}

/** What the holder of links must know now and then: who is still wanted and ours, with which pacing, and who has something to be told. */
export async function linkedStates(db: Db, botIds: readonly string[]): Promise<LinkedState[]> {
  if (botIds.length === 0) return []
  const { rows } = await sql<LinkedState>`
    select b.id, ${DESIRED} as desired, b.moves, b.link_replica, b.pacing,
      b.state = 'connected' and (${CHANGES_WAIT}
        or exists (select from messages m where m.bot_id = b.id and (m.status = 'queued' or (m.status = 'handed' and m.due_at <= now()))))
      or exists (select from bot_commands k where k.bot_id = b.id and k.done_at is null and k.handed_at is null and k.expires_at > now()) as work
    from bots b where b.id = any(${botIds}::uuid[])`.execute(db)
  return rows
}

export type StoredBeat = { bot_id: string; beat: unknown }

/** Many bots' beats in one statement. */
export async function storeBeats(db: Db, beats: readonly StoredBeat[]): Promise<void> {
  if (beats.length === 0) return
  await sql`
    update bots b set last_beat_at = now(), beat = n.beat,
      -- It cannot be told as an event: there is no room for one. The bot says what is so again when there is.
      state = case when full_disk then 'failed' else state end, reason = case when full_disk then 'disk_full' else reason end,
      detail = case when full_disk then null else detail end,
      state_at = case when full_disk and reason <> 'disk_full' then now() else state_at end,
      version = case when full_disk and reason <> 'disk_full' then version + 1 else version end
    from (
      select bot_id, beat, coalesce(beat->>'reason' = 'disk_full', false) as full_disk
      from jsonb_to_recordset(${JSON.stringify(beats)}::jsonb) as r(bot_id uuid, beat jsonb)
    ) n where b.id = n.bot_id`.execute(db)
}
