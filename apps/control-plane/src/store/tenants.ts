import { ZaptriaError } from '@zaptria/contract'
import type { TenantCreate, TenantUpdate } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Row, Trx } from './tables.ts'

export async function insertTenant(
  trx: Trx,
  { name, external_id, subscription, time_zone, quiet_hour }: TenantCreate,
): Promise<Row<'tenants'>> {
  await checkTimeZone(trx, time_zone)
  if (external_id !== undefined) await freeExternalId(trx, external_id)
  return orTaken(() =>
    trx
      .insertInto('tenants')
      .values({
        id: uuidv7(),
        name,
        external_id: external_id ?? null,
        subscription,
        ...(time_zone === undefined ? {} : { time_zone }),
        ...(quiet_hour === undefined ? {} : { quiet_hour }),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

/** The tenant, locked for a change; undefined when there is none or it was removed. */
export async function lockTenant(trx: Trx, id: string): Promise<Row<'tenants'> | undefined> {
  return trx.selectFrom('tenants').selectAll().where('id', '=', id).where('removed_at', 'is', null).forUpdate().executeTakeFirst()
}

export async function updateTenant(trx: Trx, id: string, change: TenantUpdate): Promise<Row<'tenants'>> {
  if (typeof change.external_id === 'string') await freeExternalId(trx, change.external_id)
  await checkTimeZone(trx, change.time_zone)
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  return orTaken(() =>
    trx
      .updateTable('tenants')
      .set({ ...set, version: sql`version + 1`, updated_at: sql`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

/** Its rows stay until an announced purge; it is in no list any more. */
export async function removeTenant(trx: Trx, id: string): Promise<Row<'tenants'>> {
  return trx
    .updateTable('tenants')
    .set({ removed_at: sql`now()`, subscription: 'cancelled', version: sql`version + 1`, updated_at: sql`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The database counts by it, for all tenants in one statement: one that it does not know would stop that. */
async function checkTimeZone(trx: Trx, name: string | undefined): Promise<void> {
  if (name === undefined) return
  const { rows } = await sql`select from pg_timezone_names where name = ${name}`.execute(trx)
  if (rows.length === 0)
    throw new ZaptriaError('validation_failed', {
      errors: [{ path: 'time_zone', message: 'is no time zone, for example America/Sao_Paulo' }],
    })
}

/** A removed tenant keeps its external id, so that its bot is told to stop, until somebody else wants it. */
async function freeExternalId(trx: Trx, externalId: string): Promise<void> {
  await trx
    .updateTable('tenants')
    .set({ external_id: null })
    .where('external_id', '=', externalId)
    .where('removed_at', 'is not', null)
    .execute()
}

async function orTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (cause) {
    if ((cause as { code?: unknown }).code === '23505')
      throw new ZaptriaError('conflict', {
        detail: 'Another tenant has this external_id.',
        errors: [{ path: 'external_id', message: 'is taken' }],
        cause,
      })
    throw cause
  }
}
