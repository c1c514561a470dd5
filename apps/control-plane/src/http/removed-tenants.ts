import { PageQuery, page, RemovedTenant, TenantErase, ZaptriaError } from '@zaptria/contract'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { listRemovedTenants } from '../store/erasures.ts'
import type { RemovedTenantRow } from '../store/erasures.ts'
import { eraseTenant } from '../tenants/lifecycle.ts'
import type { App } from './app.ts'
import { changing } from './audited.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { TenantParams } from './tenants.ts'

type RemovedDeps = { db: Db; secrets: Pick<Secrets, 'destroyTenantKey'>; hints: Pick<Hints, 'changed'> }

/** Tenants that were removed: what is kept of them, and its end. */
export function removedTenantRoutes(app: App, deps: RemovedDeps): void {
  const { db } = deps
  const tags = ['tenants']

  app.get(
    '/tenants/removed',
    {
      schema: {
        tags,
        summary: 'List removed tenants, last removed first',
        querystring: PageQuery,
        response: { 200: page(RemovedTenant) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const at = decodeCursor(cursor, [z.iso.datetime(), z.uuid()])
      const before = at === undefined ? undefined : ([new Date(at[0]), at[1]] as const)
      const rows = await listRemovedTenants(db, { before, limit: limit + 1 })
      return pageOf(rows, limit, removedView, (row) => [row.removed_at.toISOString(), row.id])
    },
  )

  app.get(
    '/tenants/removed/:tenant',
    { schema: { tags, summary: 'Read a removed tenant', params: TenantParams, response: { 200: RemovedTenant } } },
    async ({ params }) => {
      const [row] = await listRemovedTenants(db, { id: params.tenant, limit: 1 })
      if (row === undefined) throw new ZaptriaError('tenant_not_found')
      return removedView(row)
    },
  )

  app.post(
    '/tenants/:tenant/erase',
    {
      config: { audit: { done: 'tenant.erase' } },
      schema: {
        tags,
        summary: 'Erase a removed tenant’s data',
        description:
          'Cannot be taken back. Its key is destroyed at once: no snapshot of its session is opened again, wherever a copy lies. Then its messages, contacts, files, snapshots, flows and webhooks go, and its bot’s volumes from every server that may have one; `waiting_for` says which of them has yet to answer. What stays is that it was, from when until when, and what people did to it. Backups of the database have all of it until they are pruned. Only of a tenant that was removed, and asking again changes nothing.',
        params: TenantParams,
        body: TenantErase,
        response: { 202: RemovedTenant },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params
      const row = await changing(db, request, async (trx) => {
        await eraseTenant(trx, deps, tenant, request.body.confirm)
        return (await listRemovedTenants(trx, { id: tenant, limit: 1 }))[0]!
      })
      return reply.code(202).send(removedView(row))
    },
  )
}

const removedView = ({
  id,
  name,
  external_id,
  created_at,
  removed_at,
  asked_at,
  erased_at,
  waiting_for,
}: RemovedTenantRow): RemovedTenant =>
  RemovedTenant.parse({
    id,
    name: name === '' ? null : name,
    external_id,
    created_at: created_at.toISOString(),
    removed_at: removed_at.toISOString(),
    erasure:
      asked_at === null
        ? null
        : {
            state: erased_at === null ? 'erasing' : 'erased',
            asked_at: asked_at.toISOString(),
            erased_at: erased_at?.toISOString() ?? null,
            waiting_for,
          },
  })
