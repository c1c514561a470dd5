import type { InstanceState } from '@zaptria/contract'
import { oustedStep } from '@zaptria/core'
import type { Logger } from 'pino'
import { releaseGrant } from '../grants/index.ts'
import type { Driver, InstanceSpec } from '../orchestrator/port.ts'
import type { Db } from '../store/db.ts'
import { noteGone, noteRevived, oustedThere } from '../store/ousted.ts'
import type { OustedInstance } from '../store/ousted.ts'
import type { Row } from '../store/tables.ts'
import { inTime } from './in-time.ts'

export type OustedDeps = { db: Db; log: Logger; specOf: (bot: Row<'bots'>) => Promise<InstanceSpec>; maxStarting: number }

/**
 * What a server that is heard again still holds of bots that were taken from it: each may deliver its outbox, started once more if need be, and goes
 * then. It is granted no session, its bot is not asked for, and its volume stays.
 */
export async function clearOusted(deps: OustedDeps, serverId: string, driver: Driver): Promise<void> {
  const there: { one: OustedInstance; state: InstanceState }[] = []
  for (const one of await oustedThere(deps.db, serverId))
    there.push({ one, state: (await inTime(driver.inspect(one.container_name))).state })
  let underWay = there.filter(({ one, state }) => one.revived_at !== null && state === 'running').length
  for (const { one, state } of there) {
    const step = oustedStep({
      instance: state,
      desired: one.desired,
      heldSession: one.volume_id !== null,
      drained: one.drained_at !== null,
      revived: one.revived_at !== null,
      wellMs: one.well_ms,
      wordlessMs: one.wordless_ms,
    })
    // A few at a time: the server has others to start as well.
    if (step === 'revive' && (underWay += 1) > deps.maxStarting) continue
    await take(deps, driver, one, step)
  }
}

async function take(deps: OustedDeps, driver: Driver, one: OustedInstance, step: ReturnType<typeof oustedStep>): Promise<void> {
  const { db } = deps
  const log = deps.log.child({ bot: one.bot_id, tenant: one.tenant_id, container: one.container_name, server: one.server_id })
  switch (step) {
    case 'wait':
      return
    case 'revive': {
      await noteRevived(db, one)
      const bot = await db.selectFrom('bots').selectAll().where('id', '=', one.bot_id).executeTakeFirstOrThrow()
      await inTime(driver.apply(await deps.specOf({ ...bot, server_id: one.server_id, moves: one.place })))
      return log.info('what was left behind is started once more, to deliver what it holds')
    }
    case 'remove':
      await inTime(driver.remove(one.container_name))
      break
    case 'gone':
      break
    default:
      return step satisfies never
  }
  await noteGone(db, one)
  // Nobody else may confirm that what it held is free.
  const granted = await db.selectFrom('grants').select('volume_id').where('bot_id', '=', one.bot_id).executeTakeFirst()
  if (granted !== undefined && granted.volume_id === one.volume_id) await releaseGrant(db, one.bot_id)
  log.info({ drained: one.drained_at !== null }, 'what was left behind is gone; its volume is kept')
}
