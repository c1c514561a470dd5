import { Bot } from '@zaptria/contract'
import type { BotRow } from '../store/bots-read.ts'

/** A bot's row as the API shows it. */
export function botView(row: BotRow): Bot {
  return Bot.parse({
    id: row.id,
    tenant_id: row.tenant_id,
    engine: row.engine,
    desired: row.desired,
    state: { state: row.state, reason: row.reason, detail: row.detail, at: row.state_at.toISOString() },
    alive: row.alive,
    under_way: row.under_way,
    last_beat_at: row.last_beat_at?.toISOString() ?? null,
    instance: { state: row.instance_state, detail: row.instance_detail, at: row.instance_at?.toISOString() ?? null },
    number: row.number,
    name: row.wa_name,
    epoch: row.epoch,
    container_name: row.container_name,
    server: row.server,
    expose: row.expose,
    public_url: row.public_url,
    pacing: row.pacing,
    transport: row.transport,
    page_version: row.page_version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  })
}
