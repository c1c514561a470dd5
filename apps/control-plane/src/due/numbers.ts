import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Db } from '../store/db.ts'

type Finding = { bot_id: string; tenant_id: string; detail: string | null }

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
      select b.id as bot_id, b.tenant_id, s.detail from bots b
      left join shared s on s.bot_id = b.id
      left join alerts a on a.fingerprint = 'number_shared:' || b.id and a.resolved_at is null
      where s.detail is distinct from a.detail`.execute(trx)
    const changes: Hint[] = []
    for (const { bot_id, tenant_id, detail } of rows) {
      const hint =
        detail === null
          ? await resolveAlert(trx, 'number_shared', bot_id)
          : await raiseAlert(trx, { kind: 'number_shared', severity: 'critical', subject: bot_id, tenantId: tenant_id, detail })
      if (hint !== null) changes.push(hint)
    }
    await hints.changed(trx, changes)
    return 'done'
  })
}
