import type { AlertKind, Hint, Severity } from '@zaptria/contract'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

export type NewAlert = {
  kind: AlertKind
  severity: Severity
  /** One open alert per kind and subject (a bot, a tenant, a server): more of the same are counted. */
  subject: string
  tenantId: string | null
  detail: string | null
}

const fingerprint = (kind: AlertKind, subject: string): string => `${kind}:${subject}`

/** Raises it, or counts it once more when it is open. Answers with the hint to send. */
export async function raiseAlert(on: Trx | Db, alert: NewAlert): Promise<Hint> {
  const { rows } = await sql<{ id: string; count: number }>`
    insert into alerts (id, fingerprint, kind, severity, tenant_id, detail)
    values (${uuidv7()}, ${fingerprint(alert.kind, alert.subject)}, ${alert.kind}, ${alert.severity}, ${alert.tenantId}, ${alert.detail})
    on conflict (fingerprint) where resolved_at is null
      do update set count = alerts.count + 1, last_at = now(), detail = excluded.detail, severity = excluded.severity
    returning id, count`.execute(on)
  const [row] = rows
  if (row === undefined) throw new Error('an upsert returned no row')
  return { noun: 'alert', id: row.id, tenant_id: alert.tenantId, version: String(row.count) }
}

/** Resolves it when it is open; null when there was nothing to resolve. */
export async function resolveAlert(on: Trx | Db, kind: AlertKind, subject: string): Promise<Hint | null> {
  const row = await on
    .updateTable('alerts')
    .set({ resolved_at: sql<Date>`now()` })
    .where('fingerprint', '=', fingerprint(kind, subject))
    .where('resolved_at', 'is', null)
    .returning(['id', 'count', 'tenant_id'])
    .executeTakeFirst()
  return row === undefined ? null : { noun: 'alert', id: row.id, tenant_id: row.tenant_id, version: String(row.count + 1) }
}

/** The kinds that are open for a subject. */
export async function openAlertKinds(on: Trx | Db, subject: string): Promise<AlertKind[]> {
  const rows = await on
    .selectFrom('alerts')
    .select(['kind'])
    .where('resolved_at', 'is', null)
    .where('fingerprint', 'like', `%:${subject}`)
    .execute()
  return rows.map((row) => row.kind)
}
