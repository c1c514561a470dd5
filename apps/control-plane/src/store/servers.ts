import type { ServerDriver } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

/** The drivers that an installation brings along by its settings, one server each: the first name of each. */
export const EMBEDDED = { process: 'local', docker: 'docker' } as const satisfies Record<ServerDriver, string>

/** Bots at most, until a person says otherwise: as many as its machine takes. */
const EMBEDDED_CAPACITY = 1000

/**
 * The server of the driver that this installation is set to; made at first start. When the setting changes, new bots go to the other one, and those that are
 * there stay where their volumes are. What a person cordoned stays cordoned for as long as the setting stays. An installation's own servers have no address:
 * one that was given one is like any other that was added.
 */
export async function ensureServer(db: Db, driver: ServerDriver): Promise<string> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('zaptria embedded server', 0))`.execute(trx)
    const own = await trx
      .selectFrom('servers')
      .select(['id', 'name', 'driver', 'embedded', 'cordoned'])
      .where('address', 'is', null)
      .where('driver', 'in', Object.keys(EMBEDDED))
      .orderBy('embedded', 'desc')
      .orderBy('created_at')
      .execute()
    const mine = own.find((row) => row.driver === driver)
    const others = own.filter((row) => row.driver !== driver)
    if (mine === undefined) {
      const id = uuidv7()
      const name = await freeName(trx, EMBEDDED[driver])
      await trx.insertInto('servers').values({ id, name, driver, embedded: true, capacity: EMBEDDED_CAPACITY }).execute()
      await leave(trx, others)
      return id
    }
    // The other one took new bots until now.
    const changed = !mine.embedded || others.some((row) => row.embedded && !row.cordoned)
    if (changed) {
      await trx
        .updateTable('servers')
        .set({ embedded: true, cordoned: false, version: sql`version + 1` })
        .where('id', '=', mine.id)
        .execute()
    }
    await leave(trx, others)
    return mine.id
  })
}

async function leave(trx: Trx, others: readonly { id: string; embedded: boolean }[]): Promise<void> {
  const before = others.filter(({ embedded }) => embedded).map(({ id }) => id)
  if (before.length === 0) return
  await trx
    .updateTable('servers')
    .set({ embedded: false, cordoned: true, version: sql`version + 1` })
    .where('id', 'in', before)
    .execute()
}

/** Names are unique; somebody may have given this one away. */
async function freeName(trx: Trx, wanted: string): Promise<string> {
  const taken = new Set((await trx.selectFrom('servers').select('name').execute()).map(({ name }) => name))
  for (let nr = 1; ; nr += 1) {
    const name = nr === 1 ? wanted : `${wanted}-${nr}`
    if (!taken.has(name)) return name
  }
}

export type DrivenServer = Pick<
  Row<'servers'>,
  'id' | 'name' | 'driver' | 'address' | 'settings' | 'sealed_credentials' | 'link_url' | 'embedded' | 'trouble'
>

/** Where a server's credentials are sealed for. */
export const credentialsPlace = (serverId: string): string => `server ${serverId}`

/** Every server, with what its driver is made from. */
export function drivenServers(db: Db | Trx): Promise<DrivenServer[]> {
  return db
    .selectFrom('servers')
    .select(['id', 'name', 'driver', 'address', 'settings', 'sealed_credentials', 'link_url', 'embedded', 'trouble'])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Why it has no driver here; null: it has one. */
export async function noteTrouble(db: Db, serverId: string, trouble: string | null): Promise<void> {
  await db
    .updateTable('servers')
    .set({ trouble, version: sql`version + 1` })
    .where('id', '=', serverId)
    .where('trouble', 'is distinct from', trouble)
    .execute()
}

/** Its credentials under another key, unless they were replaced meanwhile. */
export async function resealCredentials(db: Db, serverId: string, before: Buffer, after: Buffer): Promise<void> {
  await db
    .updateTable('servers')
    .set({ sealed_credentials: after })
    .where('id', '=', serverId)
    .where('sealed_credentials', '=', before)
    .execute()
}

export type LostServer = { id: string; name: string; bots: number; trouble: string | null }

/**
 * Servers with bots that should run, and that are not `driven`. `lost`: those that nobody was told of. `found`: those of which somebody was told, and it is
 * over. Alerts of that kind about a bot are told and resolved by who looks after the bot.
 */
export async function lostServers(trx: Trx, driven: readonly string[]): Promise<{ lost: LostServer[]; found: string[] }> {
  const { rows } = await sql<LostServer & { told: boolean; lost: boolean }>`
    with lost as (
      select s.id, s.name, s.trouble, count(*)::int as bots
      from servers s join bots b on b.server_id = s.id
      where b.desired = 'running' and b.transport = 'link' and s.id <> all(${driven}::uuid[])
      group by s.id
    ), told as (
      select a.subject from (
        select split_part(fingerprint, ':', 2) as subject from alerts where kind = 'server_unreachable' and resolved_at is null
      ) a join servers s on s.id::text = a.subject
      where s.state in ('unheard', 'well')
        or exists (select from lost where lost.id = s.id)
    )
    select coalesce(l.id::text, t.subject) as id, l.name, l.trouble, l.bots, t.subject is not null as told, l.id is not null as lost
    from lost l full join told t on t.subject = l.id::text`.execute(trx)
  return {
    lost: rows.filter((row) => row.lost && !row.told).map(({ id, name, bots, trouble }) => ({ id, name, bots, trouble })),
    found: rows.filter((row) => row.told && !row.lost).map(({ id }) => id),
  }
}
