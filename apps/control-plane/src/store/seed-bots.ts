import type { DesiredState, Subscription } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Db } from './db.ts'

export type SeedBot = {
  id: string
  tenantId: string
  desired: DesiredState
  tokenHash: Buffer
  subscription: Subscription
  tenantRemoved: boolean
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** undefined: the tenant has none. */
export type FoundSeedBot = { bot: SeedBot | undefined }

/** The bots of tenants named by our id or the caller's own; null: no such tenant. Removed tenants count. */
export async function findSeedBots(db: Db, tenants: readonly string[]): Promise<(tenant: string) => FoundSeedBot | null> {
  const names = [...new Set(tenants)]
  const rows = await db
    .selectFrom('tenants')
    .leftJoin('bots', 'bots.tenant_id', 'tenants.id')
    .select([
      'tenants.id as tenantId',
      'tenants.external_id as externalId',
      'tenants.subscription',
      'tenants.removed_at',
      'bots.id',
      'bots.desired',
      'bots.token_hash',
    ])
    .where((where) =>
      where.or([
        where('external_id', '=', sql<string>`any(${names}::text[])`),
        where('tenants.id', '=', sql<string>`any(${names.filter((name) => UUID.test(name))}::uuid[])`),
      ]),
    )
    .execute()
  const byId = new Map(rows.map((row) => [row.tenantId, row]))
  const byName = new Map(rows.map((row) => [row.externalId, row]))
  return (tenant) => {
    // Our own id wins, should somebody use another tenant's id as an external one.
    const found = byId.get(tenant.toLowerCase()) ?? byName.get(tenant)
    if (found === undefined) return null
    if (found.id === null || found.desired === null || found.token_hash === null) return { bot: undefined }
    return {
      bot: {
        id: found.id,
        tenantId: found.tenantId,
        desired: found.desired,
        tokenHash: found.token_hash,
        subscription: found.subscription,
        tenantRemoved: found.removed_at !== null,
      },
    }
  }
}
