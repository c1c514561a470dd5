import { choosePlaceAmong } from '@zaptria/core'
import type { PlaceableServer } from '@zaptria/core'
import { sql } from 'kysely'
import type { Trx } from './tables.ts'

export type Place = { serverId: string } | { why: string }

/**
 * The server of the next bot, or why there is none, in words for who can mend it. Until the transaction ends nobody else chooses: two at once do not both see
 * the last place. A bot that is not seen running there, or was started in the last two minutes, is not in what its server says of its memory.
 */
export async function choosePlace(trx: Trx, { without = [] }: { without?: readonly string[] } = {}): Promise<Place> {
  await lockPlaces(trx)
  const { rows } = await sql<PlaceableServer>`
    select s.id, s.name, s.cordoned, s.state, s.trouble, s.capacity, s.memory_free_bytes::float8 as memory_free_bytes,
      count(b.id)::int as bots,
      count(b.id) filter (where b.desired = 'running' and (b.instance_state <> 'running' or b.started_at > now() - interval '2 minutes'))::int as coming
    from servers s left join bots b on b.server_id = s.id and b.desired <> 'removed' and b.transport = 'link'
    where s.id <> all(${without}::uuid[])
    group by s.id order by s.name`.execute(trx)
  const choice = choosePlaceAmong(rows)
  if ('id' in choice) return { serverId: choice.id }
  if (choice.refused.length === 0) return { why: 'There is no server to run bots on yet.' }
  const each = choice.refused.map(({ name, why }) => `${name} ${why}`).join('; ')
  return { why: `No server takes another bot: ${each}. Add one, uncordon one, or raise a capacity (zaptria servers).` }
}

/** Held until the transaction ends. */
export async function lockPlaces(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('zaptria places', 0))`.execute(trx)
}
