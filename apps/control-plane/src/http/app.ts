import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import helmet from '@fastify/helmet'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { PAGE_POLICY, SEED_MAX_BODY_BYTES } from '@zaptria/contract'
import { limitBodyTime } from './body-time.ts'
import { rawProblem, sendProblem, serveProblems } from './problems.ts'

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** A Fastify that knows our schemas, errors, request ids, headers and log lines, and no route yet. */
export async function createApp({
  logger,
  https,
  isPage = () => false,
  bodyMs,
}: {
  logger: FastifyBaseLogger
  https: boolean
  /** Which unknown addresses are answered with the dashboard's page. */
  isPage?: (request: FastifyRequest) => boolean
  /** Within so long a body has to come. */
  bodyMs?: number
}): Promise<App> {
  const app = Fastify({
    loggerInstance: logger,
    // Its own lines hold addresses with their queries; ours are below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: SEED_MAX_BODY_BYTES,
    // A TLS proxy on this machine says who the client is; anybody else's X-Forwarded-For is not believed.
    trustProxy: 'loopback',
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID()
    },
    // Keys of a JSON document must not reach prototypes.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 256 },
    // Bodies have time limits of their own.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(rawProblem('bad_request'))
      else socket.destroy()
    },
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  takeJsonOnly(app)
  serveProblems(app, isPage)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...PAGE_POLICY, ...(https ? { upgradeInsecureRequests: [] } : {}) },
    },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
  closeAsAnswersEnd(app)
  limitBodyTime(app, bodyMs)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the address itself: an address can hold a token.
    const route = request.routeOptions.url ?? 'unknown'
    request.log.debug({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered')
  })
  return app
}

/**
 * An empty body is "no body", whatever its type says: actions without one are often called so. And so is `[]`, PHP's empty array, which Laravel's HTTP
 * client posts when it was given nothing; no route takes a list.
 */
function takeJsonOnly(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '' || body === '[]') done(null, undefined)
    else void parse(request, body, done)
  })
}

const LOOK_EVERY_MS = 50

/** Fastify lets idle connections go once, when it is closed; one whose answer ended a moment later would hold a stop up until it is idle for too long. */
function closeAsAnswersEnd(app: App): void {
  app.addHook('preClose', (done) => {
    if (app.server.listening) {
      const timer = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS)
      app.server.once('close', () => clearInterval(timer))
    }
    done()
  })
}
