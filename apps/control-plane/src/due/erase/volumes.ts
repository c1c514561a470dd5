import { volumeName } from '@zaptria/core'
import type { Logger } from 'pino'
import type { Driver } from '../../orchestrator/port.ts'
import type { Db } from '../../store/db.ts'
import { takeVolumesToErase, volumesErased, volumesNotErased } from '../../store/erasures.ts'

const AT_ONCE = 10
/** Longer than a driver takes to stop one: nobody else begins with it meanwhile. */
const AGAIN_SECONDS = 120

export type VolumeErasureDeps = { db: Db; log: Pick<Logger, 'info' | 'warn'> }

/** What a server may hold of bots whose tenants are erased: their volumes, of each place that they ever had. What it does not do now is tried again, for as long as it has to be. */
export async function eraseVolumes({ db, log }: VolumeErasureDeps, serverId: string, driver: Driver): Promise<'done'> {
  for (const due of await takeVolumesToErase(db, serverId, { limit: AT_ONCE, againSeconds: AGAIN_SECONDS })) {
    const volumes = Array.from({ length: due.moves + 1 }, (_, moves) => volumeName(due.container_name, moves))
    try {
      await driver.erase(due.container_name, volumes)
    } catch (error) {
      log.warn({ err: error, tenant: due.tenant_id, server: serverId }, 'volumes of an erased tenant are still there; trying again')
      await volumesNotErased(db, due, error instanceof Error ? error.message : String(error))
      continue
    }
    await volumesErased(db, due)
    log.info({ tenant: due.tenant_id, server: serverId, volumes }, 'the volumes of an erased tenant are gone')
  }
  return 'done'
}
