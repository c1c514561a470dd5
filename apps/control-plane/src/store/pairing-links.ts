import { randomBytes } from 'node:crypto'
import { TenantId } from '@zaptria/contract'
import { sql } from 'kysely'
import { hashToken } from '../secrets/index.ts'
import type { Row, Trx } from './tables.ts'

/** `used_at`: the bot was connected since it was made, whoever scanned. */
export type PairingLink = Row<'pairing_links'> & { used_at: Date | null }

/** Whose link it is stands in front of the secret, so that it is looked up as that tenant and no other. */
const ID_BYTES = 16
const SECRET_BYTES = 24

const tokenOf = (tenantId: string): string =>
  Buffer.concat([Buffer.from(tenantId.replaceAll('-', ''), 'hex'), randomBytes(SECRET_BYTES)]).toString('base64url')

/** Whose link a token says it is; null when it is none of ours. */
export function tenantOfToken(token: string): TenantId | null {
  if (!/^[\w-]+$/.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== ID_BYTES + SECRET_BYTES) return null
  const hex = bytes.subarray(0, ID_BYTES).toString('hex')
  return TenantId.safeParse(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')).data ?? null
}

/** A new link, and the end of the one before. Only the token's hash is kept. */
export async function createPairingLink(trx: Trx, tenantId: string, hours: number): Promise<{ token: string; link: PairingLink }> {
  const token = tokenOf(tenantId)
  const values = { hash: hashToken(token), expires_at: sql<Date>`now() + make_interval(hours => ${hours})` }
  const link = await trx
    .insertInto('pairing_links')
    .values({ tenant_id: tenantId, ...values })
    .onConflict((conflict) => conflict.column('tenant_id').doUpdateSet({ ...values, created_at: sql<Date>`now()` }))
    .returningAll()
    .executeTakeFirstOrThrow()
  return { token, link: { ...link, used_at: null } }
}

/** The tenant's link that has not expired; with a token, when that is its own. */
export async function readPairingLink(trx: Trx, token?: string): Promise<PairingLink | undefined> {
  const link = await trx
    .selectFrom('pairing_links')
    .selectAll()
    .$if(token !== undefined, (query) => query.where('hash', '=', hashToken(token!)))
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  if (link === undefined) return undefined
  const connected = await trx
    .selectFrom('bot_states')
    .select('at')
    .where('state', '=', 'connected')
    .where('at', '>=', link.created_at)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return { ...link, used_at: connected?.at ?? null }
}

export async function removePairingLink(trx: Trx): Promise<void> {
  await trx.deleteFrom('pairing_links').execute()
}
