import { isIP } from 'node:net'
import { ZaptriaError } from '@zaptria/contract'
import type { FastifyRequest } from 'fastify'
import { Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import { API_KEY_PATTERN, findApiKey } from '../store/api-keys.ts'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'

/** `/metrics` for Prometheus: on this machine, or with an API key. */
export function metricsRoutes(app: App, { db, registry }: { db: Db; registry: Registry }): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!isLocal(request) && !(await hasKey(db, request))) throw new ZaptriaError('unauthorized')
    return reply
      .header('content-type', registry.contentType)
      .serializer(String)
      .send(await registry.metrics())
  })
}

/** Counts and times requests by route pattern: addresses themselves would make a series each. */
export function measureRequests(app: App, histogram: Histogram<'method' | 'route' | 'status'>): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    histogram.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
}

export const requestHistogram = (registry: Registry): Histogram<'method' | 'route' | 'status'> =>
  new Histogram({
    name: 'zaptria_http_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  })

/** A proxy on this machine passes other people's requests on, and says so. */
function isLocal(request: FastifyRequest): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined) return false
  return isIP(request.ip) !== 0 && /^(::1|(::ffff:)?127\..*)$/.test(request.ip)
}

async function hasKey(db: Db, request: FastifyRequest): Promise<boolean> {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && API_KEY_PATTERN.test(key) && (await findApiKey(db, key)) !== undefined
}
