import type { BotStats, Expose, LogLine } from '@zaptria/contract'
import type { Driver } from '../orchestrator/port.ts'
import type { Db } from '../store/db.ts'
import type { ServersRegistry } from './servers.ts'

/** Where a bot runs, for those who only know the bot. */
export function createBotDriver(db: Db, { driverOf }: Pick<ServersRegistry, 'driverOf'>) {
  const find = async (botId: string): Promise<{ name: string; driver: Driver } | null> => {
    const row = await db.selectFrom('bots').select(['container_name', 'server_id']).where('id', '=', botId).executeTakeFirst()
    const driver = row === undefined ? undefined : driverOf(row.server_id)
    return row === undefined || driver === undefined ? null : { name: row.container_name, driver }
  }
  return {
    exposes: (serverId: string): readonly Expose[] | undefined => driverOf(serverId)?.exposes,
    async stats(botId: string): Promise<BotStats | null> {
      const place = await find(botId)
      const stats = await place?.driver.stats(place.name)
      if (stats === null || stats === undefined) return null
      return {
        memory_bytes: stats.memoryBytes,
        cpu_ratio: stats.cpuRatio,
        processes: stats.processes,
        uptime_s: stats.uptimeSeconds,
        at: new Date().toISOString(),
      }
    },
    async logs(botId: string, tail: number): Promise<LogLine[]> {
      const place = await find(botId)
      return (await place?.driver.logs(place.name, tail)) ?? []
    },
  }
}
