import { sql } from 'kysely'
import type { Db } from '../../store/db.ts'
import type { Trx } from '../../store/tables.ts'
import { FILE_OF_EVENT } from '../../store/webhooks.ts'
import type { ToldEvent } from '../../webhooks/payload.ts'
import { takeDue } from '../take.ts'
import { DOWN_AFTER } from './schedule.ts'

/** One attempt, begun. */
export type Taken = ToldEvent & {
  id: string
  endpoint_id: string
  event_id: string
  attempt: number
  url: string
  /** The endpoint's last attempt failed. */
  failing: boolean
  sealed_secret: Buffer
  /** Null when it no longer signs. */
  sealed_old_secret: Buffer | null
}

/** Attempts at one endpoint at once, over all replicas (about: two may look at the same moment). */
export const PER_ENDPOINT = 16
/** How long an attempt is its taker's. Longer than any attempt lasts. */
export const LEASE_SECONDS = 60
/** A delivery that has failed so often is no longer waited for by later ones of its conversation. */
const WAITED_FOR_ATTEMPTS = 2
/** The oldest due ones of an endpoint that are looked at first, for each attempt that may begin: nearly always enough. */
const PER_ROOM = 4
/** So many at most, when the first ones are all of a few conversations. */
const WINDOW = 1_000

/**
 * Begins attempts. Of each conversation (or bot) the oldest goes first, alone; the next one when that has succeeded, or has failed twice: a hiccup
 * does not disturb the order, and what is refused for good does not hold up the rest. Endpoints take turns. One that is down gets a single attempt
 * at a time, so that it does not take the place of others.
 */
export function takeDeliveries(db: Db, limit: number): Promise<Taken[]> {
  if (limit <= 0) return Promise.resolve([])
  return db.transaction().execute(async (trx) => {
    const few = await readyOf(trx, limit, Math.min(PER_ROOM * limit, PER_ROOM * PER_ENDPOINT), null)
    const short = [...few].filter(([, { ids, room, seen, window }]) => ids.length < room && seen === window).map(([endpoint]) => endpoint)
    const more = short.length === 0 ? new Map<string, Ready>() : await readyOf(trx, limit, WINDOW, short)
    const ready = inTurns([...few].map(([endpoint, { ids }]) => more.get(endpoint)?.ids ?? ids)).slice(0, limit)
    if (ready.length === 0) return []
    const ids = await takeDue(trx, {
      table: 'webhook_deliveries',
      due: 'due_at',
      where: sql`status = 'pending' and id = any(${ready}::bigint[])`,
      limit: ready.length,
    })
    const { rows } = await sql<Taken>`
      update webhook_deliveries d
      set taken_at = now(), attempt = d.attempt + 1, due_at = now() + make_interval(secs => ${LEASE_SECONDS})
      from webhook_endpoints w, webhook_events
      where d.id = any(${ids}::bigint[]) and w.id = d.endpoint_id and webhook_events.id = d.event_id
      returning d.id, d.endpoint_id, d.tenant_id, d.event_id, d.attempt, webhook_events.type, webhook_events.data, webhook_events.at, w.url, w.failures > 0 as failing, w.sealed_secret,
        case when w.old_secret_until > now() then w.sealed_old_secret end as sealed_old_secret,
        ${FILE_OF_EVENT} as file`.execute(trx)
    return rows
  })
}

type Ready = { ids: string[]; room: number; seen: number; window: number }

/** By endpoint, which of its deliveries may begin now, the longest due first, as far as the `window` of its oldest due ones shows. */
async function readyOf(trx: Trx, limit: number, window: number, only: string[] | null): Promise<Map<string, Ready>> {
  // The recursion hops from one endpoint with pending deliveries to the next on the index: all others cost nothing.
  const { rows } = await sql<Ready & { endpoint: string }>`
    with recursive waiting(id) as (
      (select endpoint_id from webhook_deliveries where status = 'pending' order by endpoint_id limit 1)
      union all
      select (select endpoint_id from webhook_deliveries where status = 'pending' and endpoint_id > w.id order by endpoint_id limit 1)
      from waiting w where w.id is not null
    ), open as (
      select w.id, least(${limit}::int, case when w.failures >= ${DOWN_AFTER} then 1 else ${PER_ENDPOINT} end
        - (select count(*) from webhook_deliveries o where o.endpoint_id = w.id and o.status = 'pending' and o.taken_at is not null and o.due_at > now())
        ) as room
      from waiting join webhook_endpoints w on w.id = waiting.id join tenants t on t.id = w.tenant_id
      where w.enabled and t.removed_at is null and (w.resumes_at is null or w.resumes_at <= now())
        and (${only}::uuid[] is null or w.id = any(${only}::uuid[]))
    )
    select open.id as endpoint, open.room::int as room, ${window}::int as window, r.seen::int as seen, r.ids
    from open cross join lateral (
      select max(c.seen) as seen, coalesce(array_agg(c.id::text order by c.due_at, c.id) filter (where c.place = 1 and not exists (
          select from webhook_deliveries o
          where o.endpoint_id = open.id and o.status = 'pending' and o.about = c.about and o.id < c.id
            and (o.attempt < ${WAITED_FOR_ATTEMPTS} or o.taken_at is not null))), '{}') as ids
      from (
        select d.*, row_number() over (partition by coalesce(d.about, d.event_id) order by d.id) as place, count(*) over () as seen
        from (
          select id, about, event_id, due_at from webhook_deliveries
          where endpoint_id = open.id and status = 'pending' and due_at <= now()
          order by due_at, id limit ${window}
        ) d
      ) c
    ) r
    where open.room > 0 and r.seen > 0`.execute(trx)
  return new Map(rows.map(({ endpoint, ...ready }) => [endpoint, { ...ready, ids: ready.ids.slice(0, ready.room) }]))
}

/** The first of each, then the second of each … */
function inTurns<T>(lists: readonly T[][]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list.slice(place, place + 1))).flat()
}
