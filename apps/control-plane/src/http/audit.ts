import { AuditEntry, PageQuery, TenantId, page } from '@zaptria/contract'
import { z } from 'zod'
import type { AuditRow } from '../store/audit.ts'
import { listAudit } from '../store/audit.ts'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'
import { decodeCursor, pageOf } from './cursor.ts'

export function auditRoutes(app: App, { db }: { db: Db }): void {
  app.get(
    '/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'List what was done through the API, newest first',
        querystring: PageQuery.extend({ tenant: TenantId.optional().describe('Only what was done to this tenant.') }),
        response: { 200: page(AuditEntry) },
      },
    },
    async ({ query: { tenant, cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.string().regex(/^\d{1,18}$/)])?.[0]
      const rows = await listAudit(db, { tenantId: tenant, before, limit: limit + 1 })
      return pageOf(rows, limit, auditView, (row) => [row.id])
    },
  )
}

const auditView = ({ id, at, actor, actor_name, action, tenant_id, tenant_name, detail }: AuditRow): AuditEntry =>
  AuditEntry.parse({ id, at: at.toISOString(), actor, actor_name, action, tenant_id, tenant_name, detail: detail ?? {} })
