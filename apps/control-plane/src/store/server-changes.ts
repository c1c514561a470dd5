import type { Hint } from '@zaptria/contract'
import { ZaptriaError } from '@zaptria/contract'
import { sql } from 'kysely'
import { lockPlaces } from './places.ts'
import type { NewRow, Row, RowUpdate, Trx } from './tables.ts'

export async function insertServer(trx: Trx, row: NewRow<'servers'>): Promise<Hint> {
  await refuseTakenName(trx, row.name)
  const { id, version } = await trx.insertInto('servers').values(row).returning(['id', 'version']).executeTakeFirstOrThrow()
  return serverHint(id, version)
}

export async function lockServer(trx: Trx, id: string): Promise<Row<'servers'>> {
  const row = await trx.selectFrom('servers').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw new ZaptriaError('server_not_found')
  return row
}

/** The caller has locked it. */
export async function changeServer(trx: Trx, before: Row<'servers'>, change: RowUpdate<'servers'>): Promise<Hint> {
  if (change.name !== undefined && change.name !== before.name) await refuseTakenName(trx, change.name)
  const { version } = await trx
    .updateTable('servers')
    .set({ ...change, version: sql`version + 1` })
    .where('id', '=', before.id)
    .returning('version')
    .executeTakeFirstOrThrow()
  return serverHint(before.id, version)
}

/** What was granted before a bot was taken away has run out by then (rule 3). */
const GRANTS_OVER = '2 minutes'

/**
 * Forgets a server that holds no bot. Bots that were removed, and those that run at addresses of their owners, belong to the installation's own server from
 * then on: should they come back, it is to a volume of another name, and from a snapshot.
 */
export async function removeServer(trx: Trx, id: string): Promise<Hint> {
  await lockPlaces(trx)
  const server = await lockServer(trx, id)
  if (server.embedded) throw new ZaptriaError('server_embedded')
  // It may never come back. Should it, its instances are told by their place that they were left behind.
  const lost = server.state === 'given_up' && server.silent_since !== null
  const { rows } = await sql<{ held: number; going: number; ousted: number; erasing: number }>`
    select count(*) filter (where wanted)::int as held,
      count(*) filter (where not wanted and started_at is not null and instance_state <> 'absent' and ${server.state} <> 'given_up')::int as going,
      (select count(*)::int from ousted_bots o where server_id = ${id} and gone_at is null and not (${lost} and ousted_at < now() - ${GRANTS_OVER}::interval)) as ousted,
      (select count(*)::int from volumes_to_erase where server_id = ${id} and not ${lost}) as erasing
    from (select *, desired <> 'removed' and transport = 'link' as wanted from bots where server_id = ${id}) b`.execute(trx)
  const { held, going, ousted, erasing } = rows[0]!
  if (held > 0)
    throw new ZaptriaError('server_not_empty', {
      detail: `${held} bots are on ${server.name}: remove them, or let them start elsewhere first`,
    })
  if (going > 0)
    throw new ZaptriaError('server_not_empty', {
      detail: `${going} bots that were removed are not seen gone from ${server.name} yet: try again when they are`,
    })
  if (ousted > 0)
    throw new ZaptriaError('server_not_empty', {
      detail: `${ousted} bots that were started elsewhere may still run on ${server.name}: ${lost ? 'two minutes after that they cannot any more' : 'wait until they are seen gone'}`,
    })
  if (erasing > 0)
    throw new ZaptriaError('server_not_empty', {
      detail: `volumes of ${erasing} tenants that are being erased may be on ${server.name}: they go as soon as it answers`,
    })
  const own = await trx.selectFrom('servers').select('id').where('embedded', '=', true).executeTakeFirst()
  if (own !== undefined) {
    await trx
      .updateTable('bots')
      .set({
        server_id: own.id,
        moves: sql<number>`moves + 1`,
        instance_state: 'absent',
        instance_generation: null,
        instance_detail: null,
        version: sql`version + 1`,
      })
      .where('server_id', '=', id)
      .execute()
  }
  await trx.deleteFrom('ousted_bots').where('server_id', '=', id).execute()
  // Of a server that is lost: whoever has its disks answers for them now.
  await trx.deleteFrom('volumes_to_erase').where('server_id', '=', id).execute()
  await trx
    .updateTable('alerts')
    .set({ resolved_at: sql<Date>`now()` })
    .where('resolved_at', 'is', null)
    .where('fingerprint', 'like', `server\\_%:${id}`)
    .execute()
  await trx.deleteFrom('servers').where('id', '=', id).execute()
  return serverHint(id, `${BigInt(server.version) + 1n}`)
}

async function refuseTakenName(trx: Trx, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('zaptria server names', 0))`.execute(trx)
  const taken = await trx.selectFrom('servers').select('id').where('name', '=', name).executeTakeFirst()
  if (taken !== undefined)
    throw new ZaptriaError('conflict', {
      detail: `There is a server named ${name} already.`,
      errors: [{ path: 'name', message: 'is taken' }],
    })
}

export const serverHint = (id: string, version: string): Hint => ({ noun: 'server', id, tenant_id: null, version })
