import type { Failover, ServerState } from '@zaptria/core'
import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

/** What came of asking a server's driver. */
export type Listened = {
  /** What it said instead of an answer; null = it answered. */
  trouble: string | null
  memoryBytes: number | null
  memoryFreeBytes: number | null
}

/** One that nobody listened to for longer than this was not silent: we were not there. */
const AWAY_SECONDS = 12
/** Bots beat every 15 s: so long after the last beat, a link that is held says that its bot is there. */
const BEATING_SECONDS = 18

/** Its bots' last words: of those that are on it, and of those that were taken from it and still run there. */
const LAST_BEAT = sql`(
  select max(at) from (
    select max(b.last_beat_at) as at from bots b
      where b.server_id = s.id and b.transport = 'link' and b.link_replica is not null
    union all select max(o.said_at) from ousted_bots o where o.server_id = s.id and o.gone_at is null
  ) words where at > now() - make_interval(secs => ${BEATING_SECONDS}))`

/**
 * Writes down whether a server was heard: its driver answered, or its bots beat, for an engine that is away while its bots go on is in trouble and not
 * silent. Silence counts from the last that was heard; but after an absence of our own it begins anew. All on the database's clock.
 */
export async function noteListened(db: Db, serverId: string, { trouble, memoryBytes, memoryFreeBytes }: Listened): Promise<void> {
  await sql`
    with sign as (
      select s.id, case when ${trouble}::text is null then now() else ${LAST_BEAT} end as at from servers s where s.id = ${serverId}
    )
    update servers s set
      listened_at = now(),
      trouble = ${trouble},
      memory_bytes = coalesce(${memoryBytes}::bigint, s.memory_bytes),
      memory_free_bytes = coalesce(${memoryFreeBytes}::bigint, s.memory_free_bytes),
      heard_at = greatest(s.heard_at, sign.at),
      silent_since = case
        when sign.at is not null then null
        when s.listened_at is null or s.listened_at < now() - make_interval(secs => ${AWAY_SECONDS}) then now()
        else coalesce(s.silent_since, s.heard_at, now()) end,
      well_since = case when sign.at is null then null else coalesce(s.well_since, now()) end
    from sign where sign.id = s.id`.execute(db)
}

/** Of `s`: somebody listens, and hears it. */
export const HEARD = sql<boolean>`(s.listened_at > now() - interval '30 s' and s.silent_since is null) is true`

export type HeardServer = {
  id: string
  name: string
  state: ServerState
  failover: Failover
  heard_at: Date | null
  silentMs: number | null
  wellMs: number | null
  /** It was heard, and not long ago. */
  heard: boolean
  /** That should run there. */
  bots: number
  alert: boolean
}

/** All of them, as they were last listened to. `alert`: one of its own is open. */
export async function heardServers(trx: Trx): Promise<HeardServer[]> {
  const { rows } = await sql<HeardServer>`
    select s.id, s.name, s.state, s.failover, s.heard_at,
      extract(epoch from s.listened_at - s.silent_since)::float8 * 1000 as "silentMs",
      -- greatest() alone would take the time of giving up for a silent one's, which has none.
      case when s.well_since is not null then
        extract(epoch from s.listened_at - case when s.state = 'given_up' then greatest(s.well_since, s.state_at) else s.well_since end)::float8 * 1000
      end as "wellMs",
      ${HEARD} as heard,
      (select count(*)::int from bots b where b.server_id = s.id and b.desired = 'running' and b.transport = 'link') as bots,
      exists (select from alerts a where a.fingerprint = 'server_silent:' || s.id and a.resolved_at is null) as alert
    from servers s order by s.created_at, s.id`.execute(trx)
  return rows
}

/** Answers with its version. */
export async function setServerState(trx: Trx, serverId: string, state: ServerState): Promise<string> {
  const { version } = await trx
    .updateTable('servers')
    .set({ state, state_at: sql<Date>`now()`, version: sql`version + 1` })
    .where('id', '=', serverId)
    .returning('version')
    .executeTakeFirstOrThrow()
  return version
}

/** One replica at a time judges servers and moves bots; false when another one does. Until the transaction ends. */
export async function mayJudge(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('judge servers', 2)) as mine`.execute(trx)
  return rows[0]?.mine === true
}

/** A person decides it. Answers with its version; null: it is heard, and is not given up. The caller has locked it. */
export async function giveUpServer(trx: Trx, serverId: string): Promise<string | null> {
  const server = (await heardServers(trx)).find(({ id }) => id === serverId)
  return server === undefined || server.heard ? null : setServerState(trx, serverId, 'given_up')
}
