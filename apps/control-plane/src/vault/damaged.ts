import { SealBrokenError, SealUnknownError } from '../secrets/sealed-stream.ts'
import type { Db } from '../store/db.ts'
import { otherSnapshots, voidSnapshots } from '../store/snapshots.ts'
import { withTenant } from '../store/with-tenant.ts'
import { PartMissingError } from './index.ts'
import type { Vault } from './index.ts'
import { ArchiveDamagedError } from './verify.ts'

/**
 * A snapshot that cannot be opened is not offered again, unless it is found whole later: the bot is given an older one. One that is not in the vault
 * might be there again once its place is put right, as all of them would: it is passed over only where others are there.
 */
export async function noteDamaged(
  { db, vault }: { db: Db; vault: Pick<Vault, 'hasPart'> },
  bot: { id: string; tenantId: string },
  id: string,
  error: unknown,
): Promise<void> {
  const damaged = error instanceof SealBrokenError || error instanceof PartMissingError || error instanceof ArchiveDamagedError
  if (!damaged || error instanceof SealUnknownError) return
  if (error instanceof PartMissingError) {
    const others = await withTenant(db, bot.tenantId, (trx) => otherSnapshots(trx, bot.id, id))
    const there = await Promise.all(others.map(({ sha256 }) => vault.hasPart(bot.tenantId, sha256)))
    if (!there.includes(true)) return
  }
  await withTenant(db, bot.tenantId, (trx) => voidSnapshots(trx, bot.id, id, error.message, { damaged: true }))
}
