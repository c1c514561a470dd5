import type { AlertKind, Hint, Severity } from '@zaptria/contract'
import type { Hints } from '../live/hints.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Trx } from '../store/tables.ts'

/** Something about a bot that people should know, or need not know any more. */
export type Finding = { kind: AlertKind; severity: Severity; bot_id: string; tenant_id: string; detail: string | null; found: boolean }

/** Raises and resolves the alerts of what has changed. In the transaction that looked. */
export async function tellFindings(trx: Trx, hints: Pick<Hints, 'changed'>, findings: readonly Finding[]): Promise<void> {
  const changes: Hint[] = []
  for (const { kind, severity, bot_id, tenant_id, detail, found } of findings) {
    const hint = found
      ? await raiseAlert(trx, { kind, severity, subject: bot_id, tenantId: tenant_id, detail })
      : await resolveAlert(trx, kind, bot_id)
    if (hint !== null) changes.push(hint)
  }
  await hints.changed(trx, changes)
}
