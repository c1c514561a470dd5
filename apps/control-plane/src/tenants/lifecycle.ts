import type { Hint, TenantCreate, TenantUpdate } from '@zaptria/contract'
import { ZaptriaError } from '@zaptria/contract'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import { askErasure, lockTenantAnyway } from '../store/erasures.ts'
import type { BotPlace } from '../store/bots.ts'
import { insertBot, lockBot, wantBot } from '../store/bots.ts'
import type { Row, Trx } from '../store/tables.ts'
import { insertTenant, lockTenant, removeTenant, updateTenant } from '../store/tenants.ts'

export type LifecycleDeps = { secrets: Pick<Secrets, 'createTenantKey' | 'botToken' | 'hashToken'>; hints: Pick<Hints, 'changed'> }
/** `bot_token` when a bot was made: shown once. */
export type TenantChange = { tenant: Row<'tenants'>; bot_token?: string }

/** A tenant, its key and, when it has paid, its bot: all or nothing. */
export async function createTenant(trx: Trx, deps: LifecycleDeps, wanted: TenantCreate): Promise<TenantChange> {
  const tenant = await insertTenant(trx, wanted)
  await deps.secrets.createTenantKey(trx, tenant.id)
  return followSubscription(trx, deps, tenant, placeOf(wanted))
}

export async function changeTenant(
  trx: Trx,
  deps: LifecycleDeps,
  id: string,
  { transport, public_url, ...change }: TenantUpdate,
): Promise<TenantChange> {
  const before = await lockTenant(trx, id)
  if (before === undefined) throw new ZaptriaError('tenant_not_found')
  if (transport !== undefined && (await lockBot(trx, id)) !== undefined)
    throw new ZaptriaError('conflict', {
      detail: 'This tenant has a bot already: change its transport with PATCH …/bot.',
      errors: [{ path: 'transport', message: 'is said here only when the bot is made' }],
    })
  const tenant = await updateTenant(trx, id, change)
  if (tenant.subscription !== before.subscription) return followSubscription(trx, deps, tenant, placeOf({ transport, public_url }))
  await deps.hints.changed(trx, tenantHint(tenant))
  return { tenant }
}

/** Its bot goes, its volume and rows stay. */
export async function dropTenant(trx: Trx, deps: LifecycleDeps, id: string): Promise<void> {
  if ((await lockTenant(trx, id)) === undefined) throw new ZaptriaError('tenant_not_found')
  await followSubscription(trx, deps, await removeTenant(trx, id))
}

/**
 * Its key is destroyed here and now; the rest is due work. `confirm` is its name or its id.
 * @throws ZaptriaError tenant_not_found, tenant_not_removed, validation_failed
 */
export async function eraseTenant(
  trx: Trx,
  deps: { secrets: Pick<Secrets, 'destroyTenantKey'>; hints: Pick<Hints, 'changed'> },
  id: string,
  confirm: string,
): Promise<void> {
  const tenant = await lockTenantAnyway(trx, id)
  if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
  if (tenant.removed_at === null) throw new ZaptriaError('tenant_not_removed')
  if (confirm !== tenant.id && confirm !== tenant.name)
    throw new ZaptriaError('validation_failed', { errors: [{ path: 'confirm', message: 'is neither the name nor the id of this tenant' }] })
  if ((await askErasure(trx, id)) === 'known') return
  await deps.secrets.destroyTenantKey(trx, id)
  const bot = await lockBot(trx, id)
  await deps.hints.changed(trx, bot === undefined ? [tenantHint(tenant)] : [tenantHint(tenant), botHint(bot)])
}

/** paid: a bot is wanted; cancelled: it is to go, its volume stays; past_due: it stays as it is. */
async function followSubscription(trx: Trx, deps: LifecycleDeps, tenant: Row<'tenants'>, place?: BotPlace): Promise<TenantChange> {
  const hints: Hint[] = [tenantHint(tenant)]
  let token: string | undefined
  const bot = await lockBot(trx, tenant.id)
  if (tenant.subscription === 'paid' && bot === undefined) {
    const made = await insertBot(trx, deps.secrets, tenant.id, place)
    token = made.token
    hints.push(botHint(made.bot))
  } else if (bot !== undefined && tenant.subscription !== 'past_due') {
    // Paid again: only what the end of the subscription removed comes back. A bot that a person stopped stays stopped.
    const wanted = tenant.subscription === 'cancelled' ? 'removed' : bot.desired === 'removed' ? 'running' : bot.desired
    hints.push(botHint(await wantBot(trx, bot, wanted)))
  }
  await deps.hints.changed(trx, hints)
  return token === undefined ? { tenant } : { tenant, bot_token: token }
}

/** The contract has checked that an address goes with `http`, and with it alone. */
const placeOf = ({ transport, public_url }: Pick<TenantUpdate, 'transport' | 'public_url'>): BotPlace =>
  transport === 'http' && public_url !== undefined ? { transport, public_url } : { transport: 'link', public_url: null }

export const tenantHint = (tenant: Row<'tenants'>): Hint => ({
  noun: 'tenant',
  id: tenant.id,
  tenant_id: tenant.id,
  version: tenant.version,
})

export const botHint = (bot: Pick<Row<'bots'>, 'id' | 'tenant_id' | 'version'>): Hint => ({
  noun: 'bot',
  id: bot.id,
  tenant_id: bot.tenant_id,
  version: bot.version,
})
