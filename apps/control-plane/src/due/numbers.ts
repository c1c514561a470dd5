import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'
import { tellFindings } from './findings.ts'
import type { Finding } from './findings.ts'

/**
 * The detail is `+<digits>: <names of the others>`: the dashboard makes a sentence of it, in each language.
 *
 * WhatsApp lets one number have several linked devices, so it does not refuse the second bot. But both answer every contact, and each takes what
 * the other sent for what the owner typed. A bot that is stopped answers nobody; one that is logged out has no number.
 */
export function watchNumbers({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'done'> {
  return db.transaction().execute(async (trx): Promise<'done'> => {
    const { rows } = await sql<Finding>`
      with numbers as (
        select b.id as bot_id, b.tenant_id, t.name, nullif(regexp_replace(b.number, '\\D', '', 'g'), '') as digits
        from bots b join tenants t on t.id = b.tenant_id where b.desired = 'running' and b.number is not null
      ), shared as (
        select n.bot_id, '+' || n.digits || ': ' || string_agg(o.name, ', ' order by o.name) as detail
        from numbers n join numbers o on o.digits = n.digits and o.bot_id <> n.bot_id group by n.bot_id, n.digits
      )
      select 'number_shared' as kind, 'critical' as severity, b.id as bot_id, b.tenant_id, s.detail, s.detail is not null as found from bots b
      left join shared s on s.bot_id = b.id
      left join alerts a on a.fingerprint = 'number_shared:' || b.id and a.resolved_at is null
      where s.detail is distinct from a.detail`.execute(trx)
    await tellFindings(trx, hints, rows)
    return 'done'
  })
}
