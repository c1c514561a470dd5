import type { DesiredState, Subscription } from '@zaptria/contract'
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

/** The bot of a tenant named by our id or the caller's own; null: no such tenant, undefined bot: the tenant has none. Removed tenants count. */
export async function findSeedBot(db: Db, tenant: string): Promise<{ bot: SeedBot | undefined } | null> {
  const row = await db
    .selectFrom('tenants')
    .leftJoin('bots', 'bots.tenant_id', 'tenants.id')
    .select(['tenants.id as tenantId', 'tenants.subscription', 'tenants.removed_at', 'bots.id', 'bots.desired', 'bots.token_hash'])
    .where((where) => where.or([where('external_id', '=', tenant), ...(UUID.test(tenant) ? [where('tenants.id', '=', tenant)] : [])]))
    .limit(2)
    .execute()
  // Our own id wins, should somebody use another tenant's id as an external one.
  const found = row.find((each) => each.tenantId === tenant.toLowerCase()) ?? row[0]
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
