import { ZaptriaError } from '@zaptria/contract'
import type { TenantCreate, TenantUpdate } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Row, Trx } from './tables.ts'

export async function insertTenant(trx: Trx, { name, external_id, subscription }: TenantCreate): Promise<Row<'tenants'>> {
  if (external_id !== undefined) await freeExternalId(trx, external_id)
  return orTaken(() =>
    trx
      .insertInto('tenants')
      .values({ id: uuidv7(), name, external_id: external_id ?? null, subscription })
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
