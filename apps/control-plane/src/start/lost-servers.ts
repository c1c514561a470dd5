import type { Logger } from 'pino'
import type { Hints } from '../live/hints.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Db } from '../store/db.ts'
import { lostServers } from '../store/servers.ts'

/**
 * Bots on a server that nobody here can reach wait there: somebody has to know. Says what is news. Of one with a driver, silence says more, and is told by who
 * listens to it.
 */
export async function tellOfLostServers(
  { db, hints, log }: { db: Db; hints: Pick<Hints, 'changed'>; log: Logger },
  driven: readonly string[],
): Promise<'done'> {
  await db.transaction().execute(async (trx) => {
    const { lost, found } = await lostServers(trx, driven)
    for (const { id, name, bots, trouble } of lost) {
      const detail = `${bots} bots are on the server ${name}, which this installation cannot reach: ${trouble ?? 'it was not tried yet'}`
      log.warn({ server: name, bots }, detail)
      const alert = { kind: 'server_unreachable', severity: 'critical', subject: id, tenantId: null, detail } as const
      await hints.changed(trx, await raiseAlert(trx, alert))
    }
    for (const id of found) {
      const over = await resolveAlert(trx, 'server_unreachable', id)
      if (over !== null) await hints.changed(trx, over)
    }
  })
  return 'done'
}
