import { ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Auth, Person } from '../auth/auth.ts'
import { API_KEY_PATTERN, findApiKey } from '../store/api-keys.ts'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'
import type { Throttle } from './throttle.ts'

/** Who asks: a person with a session cookie, a program with an API key, or whoever was sent a pairing link. */
export type Actor = { kind: 'person'; person: Person } | { kind: 'key'; id: string } | { kind: 'pairing_link' }

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | null
  }
  interface FastifyContextConfig {
    /** `anyone`: without signing in. `signed_in`: any person. Default: operators and API keys. */
    access?: 'anyone' | 'signed_in'
  }
}

/** Lets nobody pass into the routes registered on `app` who may not (also against cross-site requests: cookies travel by themselves). */
export function guard(
  app: App,
  { auth, db, publicOrigin, keyThrottle }: { auth: Auth; db: Db; publicOrigin: string | undefined; keyThrottle: Throttle },
): void {
  app.decorateRequest('actor', null)
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access
    if (access === 'anyone') return refuseCrossSite(request, publicOrigin)
    request.actor = (await byKey(request, db, keyThrottle)) ?? (await byCookie(request, reply, auth, publicOrigin))
    if (access !== 'signed_in' && request.actor.kind === 'person' && request.actor.person.role !== 'operator')
      throw new ZaptriaError('forbidden')
  })
}

async function byKey(request: FastifyRequest, db: Db, throttle: Throttle): Promise<Actor | undefined> {
  const { authorization } = request.headers
  if (authorization === undefined) return undefined
  const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  const found = key !== undefined && API_KEY_PATTERN.test(key) ? await findApiKey(db, key) : undefined
  if (found === undefined) throw new ZaptriaError('unauthorized', { detail: 'This API key is not known or was revoked.' })
  const retryAfterMs = throttle.take(found.id)
  if (retryAfterMs > 0) throw new ZaptriaError('rate_limited', { retryAfterMs })
  return { kind: 'key', id: found.id }
}

async function byCookie(request: FastifyRequest, reply: FastifyReply, auth: Auth, publicOrigin: string | undefined): Promise<Actor> {
  if (request.headers.cookie === undefined) throw new ZaptriaError('unauthorized')
  const signedIn = await auth.session(headersOf(request))
  if (signedIn === null) throw new ZaptriaError('unauthorized')
  if (!SAFE_METHODS.has(request.method)) {
    if (request.headers.origin === undefined && request.headers['sec-fetch-site'] === undefined)
      throw new ZaptriaError('forbidden', { detail: 'A request with a session cookie must say its Origin.' })
    refuseCrossSite(request, publicOrigin)
  }
  if (signedIn.cookies.length > 0) reply.header('set-cookie', signedIn.cookies)
  return { kind: 'person', person: signedIn.person }
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Browsers name the page that asks; no script can change that. Its own host is as good as the configured address: cookies are bound to it. */
function refuseCrossSite(request: FastifyRequest, publicOrigin: string | undefined): void {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  const own =
    origin === undefined || origin === publicOrigin || (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`))
  if (!own || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw new ZaptriaError('forbidden', { detail: 'Requests with a session cookie are taken from this site’s own pages only.' })
}

/** Node's headers as the Fetch API's, as better-auth reads them. */
export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each)
  }
  // The address that the session's row names: ours to say, not the client's.
  headers.set('x-forwarded-for', request.ip)
  return headers
}

/** For idempotency scopes and the audit: `person:<id>` or `key:<id>`. */
export function actorName(request: FastifyRequest): string {
  const { actor } = request
  if (actor === null) throw new ZaptriaError('unauthorized')
  switch (actor.kind) {
    case 'person':
      return `person:${actor.person.id}`
    case 'key':
      return `key:${actor.id}`
    case 'pairing_link':
      return actor.kind
    default:
      return actor satisfies never
  }
}
