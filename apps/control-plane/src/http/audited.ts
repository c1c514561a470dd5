import { ZaptriaError } from '@zaptria/contract'
import type { FastifyRequest } from 'fastify'
import { insertAudit } from '../store/audit.ts'
import type { Db } from '../store/db.ts'
import { findPersonId } from '../store/people.ts'
import type { Row, Trx } from '../store/tables.ts'
import type { App } from './app.ts'
import { actorName } from './guard.ts'
import { inTenant } from './in-tenant.ts'

/** What a request that changes something leaves in the audit. Each route says its own in `config.audit`. */
export type AuditWords = {
  /** A stable word, noun first: `bot.restart`. */
  done: string
  /** Also when it is refused for the credentials it brought. */
  refused?: string
}

type Note = {
  /** Whose it was, where the path does not say. */
  tenantId?: string | null
  /** What the path and the changed fields' names do not tell. Never a secret, never a message's words. */
  detail?: Record<string, unknown>
  /** It is written, or there was nothing to write. */
  settled: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: it changes nothing, whatever its method says. */
    audit?: AuditWords | false
  }
  interface FastifyRequest {
    audit: Note
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Every change through the API leaves a row: in its own transaction where the route has one (changing(), changingInTenant(), creating()), otherwise
 * right after it has succeeded and before the answer leaves. A route that forgets to name its word is caught by the test; until then its row
 * has the route's own name.
 */
export function auditing(app: App, { db }: { db: Db }): void {
  app.decorateRequest('audit')
  app.addHook('onRequest', async (request) => {
    request.audit = { settled: SAFE_METHODS.has(request.method) || request.routeOptions.config.audit === false }
  })
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode < 400 && !request.audit.settled) await db.transaction().execute((trx) => audited(trx, request))
  })
  app.addHook('onError', async (request, _reply, error) => {
    const words = request.routeOptions.config.audit
    if (words === undefined || words === false || words.refused === undefined) return
    if (!(error instanceof ZaptriaError)) return
    // Who did not even get to the route tried nothing that it guards.
    const tried =
      request.actor === null ? error.code === 'unauthorized' && request.routeOptions.config.access === 'anyone' : isRefusal(error)
    if (!tried) return
    await db.transaction().execute(async (trx) => {
      const actor = request.actor === null ? await attempted(trx, request) : actorName(request)
      await insertAudit(trx, { actor, action: words.refused!, tenantId: null, detail: { ip: request.ip } })
    })
  })
}

const isRefusal = ({ code }: ZaptriaError): boolean => code === 'unauthorized' || code === 'forbidden'

/** Who is known by the email that was tried. The email itself is not kept: people type passwords into that field. */
async function attempted(trx: Trx, { body }: FastifyRequest): Promise<string> {
  const email = typeof body === 'object' && body !== null && 'email' in body && typeof body.email === 'string' ? body.email : null
  const id = email === null ? undefined : await findPersonId(trx, email)
  return id === undefined ? 'anyone' : `person:${id}`
}

/** Writes the request's row, once. Call it last in the transaction of the change. */
export async function audited(trx: Trx, request: FastifyRequest): Promise<void> {
  if (request.audit.settled) return
  const { config, url } = request.routeOptions
  const { tenant, ...params } = (request.params ?? {}) as Record<string, string>
  const { body } = request
  const fields = request.method === 'PATCH' && typeof body === 'object' && body !== null ? { fields: Object.keys(body) } : {}
  await insertAudit(trx, {
    actor: actorName(request),
    action: typeof config.audit === 'object' ? config.audit.done : `${request.method} ${url}`,
    tenantId: tenant ?? request.audit.tenantId ?? null,
    detail: { ...params, ...fields, ...request.audit.detail },
  })
  request.audit.settled = true
}

/** The transaction of a change, with its row in the audit. */
export function changing<T>(db: Db, request: FastifyRequest, fn: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const result = await fn(trx)
    await audited(trx, request)
    return result
  })
}

/** The tenant's own transaction of a change, with its row in the audit. */
export function changingInTenant<T>(
  db: Db,
  request: FastifyRequest,
  tenantId: string,
  fn: (trx: Trx, tenant: Row<'tenants'>) => Promise<T>,
): Promise<T> {
  return inTenant(db, tenantId, async (trx, tenant) => {
    const result = await fn(trx, tenant)
    await audited(trx, request)
    return result
  })
}
