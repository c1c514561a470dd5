import type { BotEvent, BotState, Hint, StateReason } from '@zaptria/contract'
import { sql } from 'kysely'
import { voidSnapshots } from '../store/snapshots.ts'
import type { RowUpdate, Trx } from '../store/tables.ts'
import type { BotRef } from './types.ts'

/** Where a QR or a pairing code can be of use. */
const PAIRING_STATES = new Set<BotState>(['starting', 'qr_ready', 'pairing', 'logged_out', 'passkey_required'])

/**
 * What the bot says of itself: state, QR, pairing code, probe. Believed only from the volume that holds the grant, and only of the epoch that
 * was granted (rule 3): what an older place still delivers must not overwrite what the new one says. Epoch 0 = seen before any grant.
 *
 * A foreign bot (`volumeId` null) has neither volume nor order: its webhooks are repeated and overtake each other. What it said last, by its own
 * timestamp, is so; an older word that comes late is history only. A timestamp of the future counts as now, so that a clock that was wrong for a
 * moment does not make us deaf to it.
 */
export async function believeStates(
  trx: Trx,
  bot: BotRef,
  volumeId: string | null,
  events: readonly BotEvent[],
  nowMs: number,
): Promise<Hint[]> {
  const about = events.filter(
    ({ body }) => body.kind === 'state' || body.kind === 'qr' || body.kind === 'pairing_code' || body.kind === 'probe',
  )
  if (about.length === 0) return []
  const believed = volumeId === null ? await ofForeignBot(trx, bot, about) : await ofGrantedVolume(trx, bot, volumeId, about)
  if (believed.length === 0) return []
  const row = await trx
    .selectFrom('bots')
    .select(['state', 'reason', 'detail', 'state_told_at'])
    .where('id', '=', bot.id)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) return []

  let now: Said = { state: row.state, reason: row.reason, detail: row.detail }
  let toldMs = row.state_told_at?.getTime() ?? Number.NEGATIVE_INFINITY
  const history: (Said & { at?: Date })[] = []
  const late: (Said & { at: Date })[] = []
  const patch: RowUpdate<'bots'> = {}
  for (const { body, at } of believed) {
    const saidMs = Math.min(Date.parse(at), nowMs)
    if (volumeId === null && saidMs < toldMs) {
      if (body.kind === 'state') late.push({ ...saidIn(body), at: new Date(saidMs) })
      continue
    }
    if (volumeId === null && saidMs > toldMs) {
      toldMs = saidMs
      patch.state_told_at = new Date(saidMs)
    }
    switch (body.kind) {
      case 'state': {
        const next = saidIn(body)
        if (next.state !== now.state || next.reason !== now.reason || next.detail !== now.detail)
          history.push(volumeId === null ? { ...next, at: new Date(saidMs) } : next)
        now = next
        if (!PAIRING_STATES.has(body.state)) Object.assign(patch, { qr_code: null, qr_expires_at: null, pairing_code: null })
        if (body.state === 'logged_out') {
          Object.assign(patch, { number: null, wa_name: null })
          // The account has unlinked this device: what was copied of it opens nothing.
          await voidSnapshots(trx, bot.id, null, 'logged_out')
        }
        if (body.number !== undefined) patch.number = body.number
        if (body.name !== undefined) patch.wa_name = body.name
        break
      }
      case 'qr':
        patch.qr_code = body.qr_code
        patch.qr_expires_at =
          body.qr_code === null || body.expires_in_ms === undefined
            ? null
            : (sql<Date>`now() + make_interval(secs => ${body.expires_in_ms / 1000})` as never)
        break
      case 'pairing_code':
        patch.pairing_code = body.code
        break
      case 'probe':
        patch.probe = JSON.stringify(body)
        patch.page_version = body.page_version
        break
      default:
    }
  }
  for (const entry of late) await addLate(trx, bot, entry)
  if (history.length > 0) {
    await trx
      .insertInto('bot_states')
      .values(history.map((entry) => ({ ...entry, tenant_id: bot.tenantId, bot_id: bot.id })))
      .execute()
    // A change of state is worth a look at once: alerts depend on it.
    Object.assign(patch, { ...now, state_at: sql`now()`, due_at: sql`least(due_at, now())` })
  }
  if (Object.keys(patch).length === 0) return []
  const { version } = await trx
    .updateTable('bots')
    .set({ ...patch, version: sql`version + 1`, updated_at: sql`now()` })
    .where('id', '=', bot.id)
    .returning('version')
    .executeTakeFirstOrThrow()
  return [{ noun: 'bot', id: bot.id, tenant_id: bot.tenantId, version }]
}

type Said = { state: BotState; reason: StateReason; detail: string | null }
const saidIn = ({ state, reason, detail }: StateBody): Said => ({ state, reason, detail: detail ?? null })
type StateBody = Extract<BotEvent['body'], { kind: 'state' }>

/** Mostly it is a repetition of what was taken, because the answer to it was lost: that is no news for the history either. */
async function addLate(trx: Trx, bot: BotRef, entry: Said & { at: Date }): Promise<void> {
  const known = await trx
    .selectFrom('bot_states')
    .select('id')
    .where('bot_id', '=', bot.id)
    .where('at', '=', entry.at)
    .where('state', '=', entry.state)
    .where('reason', '=', entry.reason)
    .executeTakeFirst()
  if (known !== undefined) return
  await trx
    .insertInto('bot_states')
    .values({ ...entry, tenant_id: bot.tenantId, bot_id: bot.id })
    .execute()
}

/** A bot that we run ourselves says by its link what is so: whoever knows its token must not be able to make it look disconnected by a webhook. */
async function ofForeignBot(trx: Trx, bot: BotRef, events: readonly BotEvent[]): Promise<BotEvent[]> {
  const { rows } = await sql<{ ours: boolean }>`
    select transport = 'link' and exists (select from grants where bot_id = ${bot.id}) as ours from bots where id = ${bot.id}`.execute(trx)
  return rows[0]?.ours === false ? [...events] : []
}

async function ofGrantedVolume(trx: Trx, bot: BotRef, volumeId: string, events: readonly BotEvent[]): Promise<BotEvent[]> {
  const grant = await trx.selectFrom('grants').select(['volume_id', 'epoch']).where('bot_id', '=', bot.id).executeTakeFirst()
  // Never granted: there is no other place that could be right.
  if (grant === undefined) return [...events]
  if (grant.volume_id !== volumeId) return []
  return events.filter((event) => event.epoch === 0 || event.epoch === grant.epoch)
}
