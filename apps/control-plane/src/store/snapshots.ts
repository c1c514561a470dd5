import type { EngineName, SnapshotCause, SnapshotManifest, SnapshotOffer, SnapshotTransfer } from '@zaptria/contract'
import { sql } from 'kysely'
import { commandBot } from './bots.ts'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

/** A part as it lies in the vault. */
type StoredPart = { nr: number; sha256: string; sealedBytes: number; sizeBytes: number }

/** From the order to the last part: longer than the bot itself tries. */
const COMING_SECONDS = 35 * 60

/** Orders a snapshot, and tells the bot. One under way is enough. In the tenant's transaction; the caller has locked the bot. */
export async function askSnapshot(trx: Trx, bot: Row<'bots'>, o: { id: string; cause: SnapshotCause }): Promise<Row<'snapshots'>> {
  const underWay = await trx
    .selectFrom('snapshots')
    .selectAll()
    .where('bot_id', '=', bot.id)
    .where('state', 'in', ['asked', 'coming'])
    .orderBy('asked_at', 'desc')
    .executeTakeFirst()
  if (underWay !== undefined) return underWay
  const row = await trx
    .insertInto('snapshots')
    .values({
      id: o.id,
      tenant_id: bot.tenant_id,
      bot_id: bot.id,
      cause: o.cause,
      due_at: sql<Date>`now() + make_interval(secs => ${COMING_SECONDS})`,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await commandBot(trx, bot, { kind: 'snapshot', snapshot_id: row.id }, COMING_SECONDS)
  return row
}

/** Of a manifest, which names every file, what is told of a snapshot. */
export type ListedSnapshot = Omit<Row<'snapshots'>, 'manifest'> & { manifest: Pick<SnapshotManifest, 'number' | 'held_ms'> | null }

const LISTED = [
  'id',
  'tenant_id',
  'bot_id',
  'cause',
  'state',
  'asked_at',
  'taken_at',
  'due_at',
  'epoch',
  'stored_at',
  'size_bytes',
  'failure',
  'verified_at',
  'restored_at',
  'restore_failed_at',
  'void_at',
  'void_reason',
  'void_damaged',
  'proved_at',
  'proof_ms',
  'proof_fault',
  'proof_tried_at',
  'proof_error',
] as const

/** Of `s`, a snapshot: it was imported, and no session was ever opened from it here. It is in nobody's way until it is wanted, or there is no other. */
export const IMPORTED_UNUSED = sql<boolean>`(s.cause = 'imported' and s.restored_at is null)`

/** Newest first. In the tenant's transaction. */
export async function listSnapshots(
  trx: Trx,
  { before, limit }: { before: [at: Date, id: string] | undefined; limit: number },
): Promise<ListedSnapshot[]> {
  const brief = sql<ListedSnapshot['manifest']>`case when manifest is not null
    then jsonb_build_object('number', manifest->'number', 'held_ms', manifest->'held_ms') end`
  return trx
    .selectFrom('snapshots')
    .select(LISTED)
    .select(brief.as('manifest'))
    .$if(before !== undefined, (list) => list.where(sql<boolean>`(asked_at, id) < (${before![0]}, ${before![1]}::uuid)`))
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function findSnapshot(trx: Trx, id: string): Promise<Row<'snapshots'> | undefined> {
  return trx.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function partsOf(trx: Trx, id: string): Promise<Row<'snapshot_parts'>[]> {
  return trx.selectFrom('snapshot_parts').selectAll().where('snapshot_id', '=', id).orderBy('nr').execute()
}

export type Begun = { parts: number[] }
/**
 * The bot has a copy and brings it. Believed only from the volume that holds the grant, of the epoch that was granted (rule 3). With another
 * manifest than before it is another copy: what came of the first is of no use.
 * @returns null when nobody waits for it, or not from there
 */
export async function beginSnapshot(trx: Trx, botId: string, id: string, manifest: SnapshotManifest): Promise<Begun | null> {
  const { rows } = await sql<{ manifest: SnapshotManifest | null }>`
    select s.manifest from snapshots s join grants g on g.bot_id = s.bot_id
    where s.id = ${id} and s.bot_id = ${botId} and s.state in ('asked', 'coming')
      and g.volume_id = ${manifest.volume_id} and g.epoch = ${manifest.epoch}
    for update of s`.execute(trx)
  const [before] = rows
  if (before === undefined) return null
  if (before.manifest?.archive.sha256 !== manifest.archive.sha256)
    await trx.deleteFrom('snapshot_parts').where('snapshot_id', '=', id).execute()
  await trx
    .updateTable('snapshots')
    .set({
      state: 'coming',
      manifest: JSON.stringify(manifest),
      epoch: manifest.epoch,
      due_at: sql<Date>`now() + make_interval(secs => ${COMING_SECONDS})`,
    })
    .where('id', '=', id)
    .execute()
  return { parts: (await partsOf(trx, id)).map(({ nr }) => nr) }
}

/** What is on its way, with what it is. */
export async function comingSnapshot(trx: Trx, botId: string, id: string): Promise<SnapshotManifest | null> {
  const row = await trx
    .selectFrom('snapshots')
    .select('manifest')
    .where('id', '=', id)
    .where('bot_id', '=', botId)
    .where('state', '=', 'coming')
    .forUpdate()
    .executeTakeFirst()
  return row?.manifest ?? null
}

export async function addPart(trx: Trx, row: StoredPart & { snapshotId: string; tenantId: string }): Promise<void> {
  const values = {
    snapshot_id: row.snapshotId,
    nr: row.nr,
    tenant_id: row.tenantId,
    sha256: row.sha256,
    sealed_bytes: row.sealedBytes,
    size_bytes: row.sizeBytes,
  }
  await trx
    .insertInto('snapshot_parts')
    .values(values)
    .onConflict((conflict) => conflict.columns(['snapshot_id', 'nr']).doUpdateSet(values))
    .execute()
  await trx.updateTable('snapshots').set({ failure: null }).where('id', '=', row.snapshotId).where('failure', 'is not', null).execute()
}

/** Why one that is on its way does not get on: until a part is taken, or for good when none is in time. */
export async function snapshotHeldUp(trx: Trx, id: string, failure: string): Promise<void> {
  await trx.updateTable('snapshots').set({ failure }).where('id', '=', id).where('state', '=', 'coming').execute()
}

export async function snapshotStored(trx: Trx, id: string, sizeBytes: number): Promise<void> {
  await trx
    .updateTable('snapshots')
    .set({ state: 'stored', stored_at: sql<Date>`now()`, size_bytes: String(sizeBytes), due_at: null })
    .where('id', '=', id)
    .execute()
}

/** A snapshot that was brought from another installation, all of whose parts are in the vault. In the tenant's transaction. */
export async function insertImported(
  trx: Trx,
  bot: Pick<Row<'bots'>, 'id' | 'tenant_id'>,
  { id, transfer, parts }: { id: string; transfer: SnapshotTransfer; parts: readonly StoredPart[] },
): Promise<Row<'snapshots'>> {
  const row = await trx
    .insertInto('snapshots')
    .values({
      id,
      tenant_id: bot.tenant_id,
      bot_id: bot.id,
      cause: 'imported',
      state: 'stored',
      manifest: JSON.stringify(transfer.manifest),
      taken_at: new Date(transfer.taken_at * 1000),
      stored_at: sql<Date>`now()`,
      verified_at: sql<Date>`now()`,
      size_bytes: String(transfer.manifest.archive.size_bytes),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  for (const part of parts) await addPart(trx, { ...part, snapshotId: id, tenantId: bot.tenant_id })
  return row
}

/** Whether any is said to be in the vault. */
export async function hasSnapshots(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('snapshots')
    .select('id')
    .where('state', '=', 'stored')
    .where('void_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** All of it was read, and is as it was packed. One that was void for nothing but its damage (a file that was put back since) can be opened again. */
export async function snapshotVerified(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('snapshots')
    .set({
      verified_at: sql<Date>`now()`,
      void_at: sql<Date | null>`case when void_damaged then null else void_at end`,
      void_reason: sql<string | null>`case when void_damaged then null else void_reason end`,
      void_damaged: false,
    })
    .where('id', '=', id)
    .execute()
}

/** What has held it up says more than what the bot saw of that. */
export async function snapshotFailed(trx: Trx, botId: string, id: string, failure: string): Promise<void> {
  await trx
    .updateTable('snapshots')
    .set({ state: 'failed', failure: sql<string>`coalesce(failure, ${failure}::text)`, due_at: null })
    .where('id', '=', id)
    .where('bot_id', '=', botId)
    .where('state', 'in', ['asked', 'coming'])
    .execute()
}

/**
 * Another process of the bot is here than the one that took a snapshot on: nobody brings what that one had copied. What nobody has replied to yet is
 * still to be taken, by the new one.
 */
export async function abandonSnapshots(trx: Trx, botId: string): Promise<void> {
  await sql`
    update snapshots s set state = 'failed', due_at = null, failure = 'the bot was restarted before it had brought it'
    where s.bot_id = ${botId} and (s.state = 'coming' or s.state = 'asked' and exists (
      select from bot_commands k where k.bot_id = s.bot_id and k.command->>'snapshot_id' = s.id::text and k.done_at is not null and k.error is null))`.execute(
    trx,
  )
}

/** Gives up what the bot has refused, and what is not there in time. */
export async function giveUpSnapshots(db: Db): Promise<'done'> {
  await sql`
    update snapshots s set state = 'failed', due_at = null, failure = coalesce(k.error, s.failure, 'the bot did not bring it in time')
    from snapshots o left join bot_commands k on k.bot_id = o.bot_id and k.command->>'snapshot_id' = o.id::text
    where s.id = o.id and o.due_at is not null and (o.due_at <= now() or o.state = 'asked' and k.error is not null)`.execute(db)
  return 'done'
}

/**
 * What the bot is given with its grant, of an engine that can open it: what people want the session to go back to, else, when its volume holds none,
 * the newest there is.
 */
export async function snapshotToRestore(
  db: Db,
  botId: string,
  { engine, session }: { engine: EngineName; session: 'none' | 'present' },
): Promise<SnapshotOffer | null> {
  // Every grant that is renewed asks: of a session that is there no manifest is read, which are long.
  const among = session === 'present' ? sql`s.id = b.restore_from` : sql`s.bot_id = b.id`
  const { rows } = await sql<{ id: string; number: string; taken_at: number; wish: string | null }>`
    select s.id, s.manifest->>'number' as number, floor(extract(epoch from coalesce(s.taken_at, s.asked_at)))::int as taken_at, case when s.id = b.restore_from then b.restore_wish end as wish
    from bots b join snapshots s on ${among}
    where b.id = ${botId} and s.state = 'stored' and s.void_at is null and s.manifest->>'engine' = ${engine}
    -- What a browser has found wanting only when there is no other.
    order by (s.id = b.restore_from) is true desc, ${IMPORTED_UNUSED}, s.proof_fault is not null, s.asked_at desc, s.id desc limit 1`.execute(
    db,
  )
  const [row] = rows
  if (row === undefined) return null
  return { snapshot_id: row.id, number: row.number, taken_at: row.taken_at, ...(row.wish === null ? {} : { wish: row.wish }) }
}

/** For the volume that holds the grant, and in its epoch, alone: an older place must not open the session again. In the tenant's transaction. */
export async function grantedSnapshot(
  trx: Trx,
  botId: string,
  id: string,
  grant: { volume_id: string; epoch: number },
): Promise<SnapshotManifest | null> {
  const { rows } = await sql<{ manifest: SnapshotManifest }>`
    select s.manifest from snapshots s join grants g on g.bot_id = s.bot_id
    where s.id = ${id} and s.bot_id = ${botId} and s.state = 'stored' and s.void_at is null
      and g.volume_id = ${grant.volume_id} and g.epoch = ${grant.epoch}`.execute(trx)
  return rows[0]?.manifest ?? null
}

export async function snapshotRestored(trx: Trx, botId: string, id: string): Promise<void> {
  await trx
    .updateTable('snapshots')
    .set({ restored_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('bot_id', '=', botId)
    .execute()
  await trx.updateTable('bots').set(NO_RESTORE).where('id', '=', botId).where('restore_from', '=', id).execute()
}

const NO_RESTORE = { restore_from: null, restore_wish: null, restore_asked_at: null }
/** So long a session is gone back to when it can be: at a restart that people do not remember having asked for, it would surprise them. */
const RESTORE_WITHIN = sql`interval '1 hour'`

/** Wishes to go back to a snapshot that could not be fulfilled in time, since the vault was away or the bot: given up, and said to have failed. */
export async function endOldRestores(db: Db): Promise<void> {
  await sql`
    with late as (select id, restore_from from bots where restore_asked_at < now() - ${RESTORE_WITHIN} for update skip locked),
      told as (update snapshots s set restore_failed_at = now() from late where s.id = late.restore_from)
    update bots b set restore_from = null, restore_wish = null, restore_asked_at = null, version = version + 1 from late where b.id = late.id`.execute(
    db,
  )
}

/**
 * One snapshot, or (`id` null) all of a bot's: no session can be opened from them any more. They stay in the vault. `damaged`: for what their bytes in the
 * vault are, which may be put right.
 */
export async function voidSnapshots(trx: Trx, botId: string, id: string | null, reason: string, { damaged = false } = {}): Promise<void> {
  await trx
    .updateTable('snapshots')
    .set({
      void_at: sql<Date>`now()`,
      void_reason: reason,
      void_damaged: damaged,
      restore_failed_at: sql<Date>`case when exists (select from bots b where b.restore_from = snapshots.id) then now() else restore_failed_at end`,
    })
    .where('bot_id', '=', botId)
    .where('state', '<>', 'failed')
    // An unlinked session is no better for its bytes being put right.
    .where((is) => is.or([is('void_at', 'is', null), ...(id === null ? [is('void_damaged', '=', true)] : [])]))
    .$if(id !== null, (query) => query.where('id', '=', id!))
    .execute()
  await trx
    .updateTable('bots')
    .set(NO_RESTORE)
    .where('id', '=', botId)
    .$if(id !== null, (query) => query.where('restore_from', '=', id!))
    .execute()
}

/** The first part of each other snapshot of the bot's that a session could be opened from. */
export async function otherSnapshots(trx: Trx, botId: string, id: string): Promise<{ sha256: string }[]> {
  return trx
    .selectFrom('snapshots as s')
    .innerJoin('snapshot_parts as p', 'p.snapshot_id', 's.id')
    .select('p.sha256')
    .where('s.bot_id', '=', botId)
    .where('s.id', '<>', id)
    .where('s.state', '=', 'stored')
    .where('s.void_at', 'is', null)
    .where('p.nr', '=', 0)
    .execute()
}
