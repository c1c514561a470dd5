import { FlowVersion, FlowVersionId, PageQuery, ZaptriaError, page } from '@zaptria/contract'
import type { Hint } from '@zaptria/contract'
import { parseFlow } from '@zaptria/core'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import type { Db } from '../store/db.ts'
import { activateFlow, deactivateFlow, publishFlow } from '../store/flow-versions.ts'
import { activeFlow, listFlowVersions } from '../store/flows-read.ts'
import type { Row } from '../store/tables.ts'
import { lockTenant } from '../store/tenants.ts'
import type { App } from './app.ts'
import { changingInTenant } from './audited.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant, thisTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'

const VersionParams = TenantParams.extend({ version: FlowVersionId })
const Issue = z.object({ path: z.string().describe('Where in the document: `nodes.menu.options.0.next`.'), message: z.string() })
const Validation = z.object({ ok: z.boolean(), errors: z.array(Issue), warnings: z.array(Issue) })
/** Read by core's parseFlow, so that mistakes are named with their place, all at once. */
const Document = z.unknown().describe('A flow document: see `flow` in FlowVersion.')

export function flowRoutes(app: App, deps: { db: Db; hints: Pick<Hints, 'changed'>; secrets: Pick<Secrets, 'seal' | 'open'> }): void {
  const { db, hints } = deps
  const tags = ['flow']

  app.get(
    '/tenants/:tenant/flow',
    { schema: { tags, summary: 'Read the active flow', params: TenantParams, response: { 200: FlowVersion } } },
    ({ params }) =>
      inTenant(db, params.tenant, async (trx) => {
        const active = await activeFlow(trx)
        if (active === undefined) throw new ZaptriaError('flow_version_not_found', { detail: 'No flow is active.' })
        return versionView(active)
      }),
  )

  app.delete(
    '/tenants/:tenant/flow',
    {
      config: { audit: { done: 'flow.deactivate' } },
      schema: {
        tags,
        summary: 'Deactivate the flow',
        description: 'Nothing answers then. Versions are kept.',
        params: TenantParams,
        response: { 204: z.void() },
      },
    },
    async (request, reply) => {
      const { params } = request
      await changingInTenant(db, request, params.tenant, async (trx) => {
        await lockTenant(trx, params.tenant)
        const was = await deactivateFlow(trx)
        if (was !== undefined) await hints.changed(trx, flowHint(was, 'off'))
      })
      return reply.code(204).send()
    },
  )

  app.post(
    '/tenants/:tenant/flow/validate',
    {
      config: { audit: false },
      schema: { tags, summary: 'Look for mistakes in a flow', params: TenantParams, body: Document, response: { 200: Validation } },
    },
    ({ params, body }) =>
      inTenant(db, params.tenant, async () => {
        const parsed = parseFlow(body)
        return parsed.ok ? { ok: true, errors: [], warnings: parsed.warnings } : { ok: false, errors: parsed.issues, warnings: [] }
      }),
  )

  app.get(
    '/tenants/:tenant/flow/versions',
    {
      schema: {
        tags,
        summary: 'List versions, newest first',
        params: TenantParams,
        querystring: PageQuery,
        response: { 200: page(FlowVersion) },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.string().regex(/^\d{1,9}$/)])?.[0]
      const rows = await inTenant(db, params.tenant, (trx) =>
        listFlowVersions(trx, { before: before === undefined ? undefined : Number(before), limit: limit + 1 }),
      )
      return pageOf(rows, limit, versionView, (row) => [String(row.version)])
    },
  )

  app.post(
    '/tenants/:tenant/flow/versions',
    {
      config: { audit: { done: 'flow.publish' } },
      schema: {
        tags,
        summary: 'Publish a flow',
        description: 'Active at once. Conversations that are in the middle of an older version end as they began.',
        params: TenantParams,
        body: Document,
        response: { 201: FlowVersion },
      },
    },
    async (request, reply) => {
      const parsed = parseFlow(request.body)
      if (!parsed.ok) {
        await inTenant(db, request.params.tenant, async () => {})
        throw new ZaptriaError('flow_invalid', { errors: parsed.issues })
      }
      return creating(deps, request, reply, (trx) =>
        asTenant(trx, request.params.tenant, async () => {
          const { id } = await thisTenant(trx)
          await lockTenant(trx, id)
          const published = await publishFlow(trx, id, parsed.flow)
          request.audit.detail = { version: published.version }
          await hints.changed(trx, flowHint(published, 'on'))
          return versionView(published)
        }),
      )
    },
  )

  app.post(
    '/tenants/:tenant/flow/versions/:version/activate',
    {
      config: { audit: { done: 'flow.activate' } },
      schema: { tags, summary: 'Activate a version', params: VersionParams, response: { 200: FlowVersion } },
    },
    (request) =>
      changingInTenant(db, request, request.params.tenant, async (trx) => {
        const { params } = request
        await lockTenant(trx, params.tenant)
        const active = await activateFlow(trx, params.version)
        if (active === undefined) throw new ZaptriaError('flow_version_not_found')
        await hints.changed(trx, flowHint(active, 'on'))
        return versionView(active)
      }),
  )
}

/** Versions have no counter of changes: time does it, and who hears it only fetches again. */
const flowHint = (row: Row<'flow_versions'>, now: 'on' | 'off'): Hint => ({
  noun: 'flow',
  id: row.id,
  tenant_id: row.tenant_id,
  version: `${row.version}-${now}-${Date.now()}`,
})

function versionView({ id, version, active, flow, created_at }: Row<'flow_versions'>): FlowVersion {
  return FlowVersion.parse({ id, version, active, flow, created_at: created_at.toISOString() })
}
