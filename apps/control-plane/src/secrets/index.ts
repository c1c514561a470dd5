import { createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Db } from '../store/db.ts'
import type { Trx } from '../store/tables.ts'
import type { MasterKeys } from './seal.ts'
import { openWith, sealWith } from './seal.ts'
import { openStream, sealStream } from './sealed-stream.ts'

export type Secrets = {
  /** Makes a tenant's key. In the transaction that makes the tenant; not under `withTenant`: tenant code never reaches keys. */
  createTenantKey(trx: Trx, tenantId: string): Promise<void>
  /** What it sealed is never opened again, wherever it lies; a backup of the database brings it back until it is gone itself. */
  destroyTenantKey(trx: Trx, tenantId: string): Promise<void>
  /** The same for the same version, so that a spec can be applied again. `trx` when the key was made in it. */
  botToken(tenantId: string, version: number, trx?: Trx): Promise<string>
  /** Seals with the tenant's key. `context` names the place. `trx` when the key was made in it; not under `withTenant`. */
  sealFor(tenantId: string, plain: Buffer, context: string, trx?: Trx): Promise<Buffer>
  openFor(tenantId: string, sealed: Buffer, context: string): Promise<Buffer>
  /** As `sealFor`, of a stream that nobody holds whole (sealed-stream.ts). */
  sealStreamFor(tenantId: string, plain: AsyncIterable<Uint8Array>, context: string): AsyncIterable<Buffer>
  /** Throws a SealBrokenError while it is read. */
  openStreamFor(tenantId: string, sealed: AsyncIterable<Uint8Array>, context: string): AsyncIterable<Buffer>
  hashToken(token: string): Buffer
  /** In constant time. */
  tokenMatches(token: string, hash: Buffer): boolean
  /** Seals with the master key, for what belongs to no tenant (server credentials). `context` names the place. */
  seal(plain: Buffer, context: string): Buffer
  open(sealed: Buffer, context: string): Buffer
  /** The same under the current master key; null when that sealed it. */
  sealedAnew(sealed: Buffer, context: string): Buffer | null
}

/** Rule 9: a master key seals tenants' keys; a tenant's key seals what is the tenant's, and its bot's token comes from it. */
export function createSecrets({ db, masterKeys }: { db: Db; masterKeys: MasterKeys }): Secrets {
  const { current, byId } = masterKeys

  const tenantKey = async (on: Db | Trx, tenantId: string): Promise<Buffer> => {
    const row = await on.selectFrom('tenant_keys').selectAll().where('tenant_id', '=', tenantId).executeTakeFirst()
    if (row === undefined) throw new Error(`tenant ${tenantId} has no key: what it sealed is gone`)
    const master = byId.get(row.master_key_id)
    if (master === undefined)
      throw new Error(`master key ${row.master_key_id} is missing: add it to ZAPTRIA_MASTER_KEY, after the current one`)
    const key = openWith(master, row.sealed_key, `tenant key ${tenantId}`)
    if (row.master_key_id !== current.id) await reseal(on, tenantId, key, row.master_key_id)
    return key
  }

  const reseal = async (on: Db | Trx, tenantId: string, key: Buffer, from: string): Promise<void> => {
    await on
      .updateTable('tenant_keys')
      .set({ sealed_key: sealWith(current.key, key, `tenant key ${tenantId}`), master_key_id: current.id })
      .where('tenant_id', '=', tenantId)
      .where('master_key_id', '=', from)
      .execute()
  }

  const seal = (plain: Buffer, context: string): Buffer =>
    Buffer.concat([Buffer.from(current.id, 'hex'), sealWith(current.key, plain, context)])
  const sealedBy = (sealed: Buffer): string => sealed.subarray(0, 8).toString('hex')
  const open = (sealed: Buffer, context: string): Buffer => {
    const id = sealedBy(sealed)
    const master = byId.get(id)
    if (master === undefined) throw new Error(`master key ${id} is missing: add it to ZAPTRIA_MASTER_KEY, after the current one`)
    return openWith(master, sealed.subarray(8), context)
  }

  return {
    async createTenantKey(trx, tenantId) {
      const sealed_key = sealWith(current.key, randomBytes(32), `tenant key ${tenantId}`)
      await trx.insertInto('tenant_keys').values({ tenant_id: tenantId, sealed_key, master_key_id: current.id }).execute()
    },
    async destroyTenantKey(trx, tenantId) {
      await trx.deleteFrom('tenant_keys').where('tenant_id', '=', tenantId).execute()
    },
    async botToken(tenantId, version, trx) {
      const key = await tenantKey(trx ?? db, tenantId)
      return `zbt_${Buffer.from(hkdfSync('sha256', key, 'zaptria', `bot token ${version}`, 32)).toString('base64url')}`
    },
    sealFor: async (tenantId, plain, context, trx) => sealWith(await tenantKey(trx ?? db, tenantId), plain, context),
    openFor: async (tenantId, sealed, context) => openWith(await tenantKey(db, tenantId), sealed, context),
    async *sealStreamFor(tenantId, plain, context) {
      yield* sealStream(await tenantKey(db, tenantId), plain, context)
    },
    async *openStreamFor(tenantId, sealed, context) {
      yield* openStream(await tenantKey(db, tenantId), sealed, context)
    },
    hashToken,
    tokenMatches: (token, hash) => {
      const given = hashToken(token)
      return given.length === hash.length && timingSafeEqual(given, hash)
    },
    seal,
    open,
    sealedAnew: (sealed, context) => (sealedBy(sealed) === current.id ? null : seal(open(sealed, context), context)),
  }
}

/** Tokens are long and random, so that one round of SHA-256 is enough. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
