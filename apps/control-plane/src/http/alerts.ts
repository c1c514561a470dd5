import { Alert, PageQuery, ZaptriaError, page } from '@zaptria/contract'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import { listAlerts, resolveAlertById } from '../store/alerts-read.ts'
import type { AlertRow } from '../store/alerts-read.ts'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'
import { changing } from './audited.ts'
import { decodeCursor, pageOf } from './cursor.ts'

export function alertRoutes(app: App, { db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): void {
  const tags = ['alerts']

  app.get(
    '/alerts',
    {
      schema: {
        tags,
        summary: 'List alerts, newest first',
        querystring: PageQuery.extend({ open: z.enum(['true', 'false']).optional().describe('Only open ones, or only resolved ones.') }),
        response: { 200: page(Alert) },
      },
    },
    async ({ query: { open, cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.uuid()])?.[0]
      const rows = await listAlerts(db, { open: open === undefined ? undefined : open === 'true', before, limit: limit + 1 })
      return pageOf(rows, limit, alertView, (row) => [row.id])
    },
  )

  app.post(
    '/alerts/:alert/resolve',
    {
      config: { audit: { done: 'alert.resolve' } },
      schema: {
        tags,
        summary: 'Resolve an alert',
        description: 'What is still wrong raises it again.',
        params: z.object({ alert: z.uuid() }),
        response: { 200: Alert },
      },
    },
    (request) =>
      changing(db, request, async (trx) => {
        const row = await resolveAlertById(trx, request.params.alert)
        if (row === undefined) throw new ZaptriaError('alert_not_found')
        request.audit.tenantId = row.tenant_id
        request.audit.detail = { kind: row.kind }
        await hints.changed(trx, { noun: 'alert', id: row.id, tenant_id: row.tenant_id, version: String(row.count + 1) })
        return alertView(row)
      }),
  )
}

function alertView(row: AlertRow): Alert {
  return Alert.parse({
    id: row.id,
    kind: row.kind,
    severity: row.severity,
    tenant_id: row.tenant_id,
    tenant_name: row.tenant_name,
    detail: row.detail,
    count: row.count,
    raised_at: row.raised_at.toISOString(),
    last_at: row.last_at.toISOString(),
    resolved_at: row.resolved_at?.toISOString() ?? null,
  })
}
