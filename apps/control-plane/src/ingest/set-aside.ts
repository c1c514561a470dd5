import type { BotEvent } from '@zaptria/contract'
import { raiseAlert } from '../store/alerts.ts'
import { ackVolumes, lockVolume } from '../store/volumes.ts'
import { withTenant } from '../store/with-tenant.ts'
import type { BotRef, IngestDeps, Ingested } from './types.ts'

/** Keeps an event that could not be stored, as it came, for a person to look at and replay; tells people; acknowledges it. */
export function setAside(
  { db, hints }: IngestDeps,
  bot: BotRef,
  volumeId: string | null,
  event: BotEvent,
  error: unknown,
): Promise<Ingested> {
  const message = error instanceof Error ? error.message : String(error)
  return withTenant(db, bot.tenantId, async (trx) => {
    if (volumeId !== null) await lockVolume(trx, bot, volumeId)
    await trx
      .insertInto('events_set_aside')
      .values({
        event_id: event.event_id,
        bot_id: bot.id,
        tenant_id: bot.tenantId,
        volume_id: volumeId,
        event: Buffer.from(JSON.stringify(event)),
        error: message.slice(0, 1000),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const detail = `event ${event.event_id} (${event.body.kind}): ${message}`.slice(0, 1000)
    const hint = await raiseAlert(trx, { kind: 'outbox_set_aside', severity: 'warning', subject: bot.id, tenantId: bot.tenantId, detail })
    await hints.changed(trx, hint)
    if (volumeId !== null) await ackVolumes(trx, [{ id: volumeId, seq: event.seq }])
    return { acked: event.seq, queued: 0, stored: 0, setAside: 1 }
  })
}
