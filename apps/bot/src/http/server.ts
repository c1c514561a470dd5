import { createHash, timingSafeEqual } from 'node:crypto'
import { SeedPair, SeedSend, type SeedHealth } from '@zaptria/contract'
import { chatIdOf } from '@zaptria/core'
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import type { z } from 'zod'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { CommandReply } from '../outbox/commands.ts'
import type { Send } from '../outbox/sends.ts'
import type { Status } from '../session/status.ts'

const BODY_LIMIT = 1024 * 1024
/** Before these there is nobody to send as; a person has to act. The other states pass by themselves. */
const NEEDS_A_PERSON: ReadonlySet<string> = new Set([
  'qr_ready',
  'pairing',
  'passkey_required',
  'logged_out',
  'banned',
  'failed',
  'conflict',
])

export type HttpOptions = {
  token: string
  status: () => Status
  /** The engine's process was up. */
  everUp: () => boolean
  sendNow: (request: { messageId?: string; chatId: string; text: string; waitMs: number }) => Promise<Send | 'pending' | 'reused'>
  pair: (request: { phone?: string | undefined }) => Promise<CommandReply>
  replay: () => number
  metrics: Metrics
  log: Logger
  nowMs: () => number
  sendWaitMs?: number
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A UUID made of an Idempotency-Key, so that a request that is repeated finds the message of the first. */
const messageIdOf = (key: string): string => {
  const hex = digest(`zaptria idempotency ${key}`).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The bot's own listener: the seed's endpoints, its metrics. Everything it refuses is answered `{error}`. */
export const createHttp = (options: HttpOptions): FastifyInstance => {
  const expected = digest(options.token)
  const app = fastify({ bodyLimit: BODY_LIMIT, logger: false, forceCloseConnections: true })

  const fail = (reply: FastifyReply, status: number, error: string): FastifyReply => reply.code(status).send({ error })

  app.setErrorHandler((error: { statusCode?: number; code?: string; message?: string }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) options.log.error({ err: error, url: request.url }, 'a request failed')
    const message =
      status === 413
        ? 'The body is too large: at most 1 MiB.'
        : status === 415
          ? 'Only JSON is taken here: send Content-Type: application/json.'
          : status >= 500
            ? 'Something went wrong in the bot.'
            : 'The body is not JSON.'
    return fail(reply, status, message)
  })
  app.setNotFoundHandler((_request, reply) => fail(reply, 404, 'There is nothing at this address.'))

  /** The parsed body, once its token is right; otherwise the answer is sent and the result is null. */
  const admit = <T extends z.ZodType<{ token: string }>>(schema: T, body: unknown, reply: FastifyReply): z.infer<T> | null => {
    const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined
    if (typeof token !== 'string' || !timingSafeEqual(digest(token), expected)) {
      void fail(reply, 401, 'Unauthorized')
      return null
    }
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    void fail(reply, 400, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
    return null
  }

  app.get('/health', (_request, reply) => {
    const up = options.everUp()
    const body: z.infer<typeof SeedHealth> = {
      status: up ? 'healthy' : 'starting',
      uptime: process.uptime(),
      timestamp: new Date(options.nowMs()).toISOString(),
    }
    return reply.code(up ? 200 : 503).send(body)
  })

  app.get('/health/ready', (_request, reply) => {
    const { state, reason } = options.status()
    return reply.code(state === 'connected' ? 200 : 503).send({ status: state === 'connected' ? 'ready' : 'not_ready', state, reason })
  })

  app.get('/metrics', async (_request, reply) => {
    const { registry } = options.metrics
    return reply.type(registry.contentType).send(await registry.metrics())
  })

  app.post('/send', async (request, reply) => {
    const body = admit(SeedSend, request.body, reply)
    if (body === null) return reply
    const chatId = chatIdOf(body.to)
    if (chatId === null) return fail(reply, 400, 'to: not a phone number with country code, nor a chat id')
    const { state } = options.status()
    if (state !== 'connected') {
      const waits = NEEDS_A_PERSON.has(state)
      if (!waits) void reply.header('retry-after', '5')
      return fail(reply, waits ? 409 : 503, `The bot is not connected to WhatsApp (${state}).`)
    }
    const key = request.headers['idempotency-key']
    const sent = await options.sendNow({
      chatId,
      text: body.message,
      waitMs: options.sendWaitMs ?? 25_000,
      ...(typeof key === 'string' && key !== '' ? { messageId: messageIdOf(key) } : {}),
    })
    if (sent === 'reused') {
      return fail(reply, 409, 'This Idempotency-Key was used for another message: to somebody else, or another text. Nothing was sent.')
    }
    if (sent === 'pending') return fail(reply, 504, 'WhatsApp has not taken the message in time. It may still be sent.')
    if (sent.state === 'handed') return reply.send({ success: true, message_id: sent.waId })
    switch (sent.reason) {
      case 'not_on_whatsapp':
        return fail(reply, 422, 'This number is not on WhatsApp.')
      case 'too_large':
        return fail(reply, 413, 'The message is too long for WhatsApp.')
      case 'expired':
        return fail(reply, 504, 'The message could not be sent in time and will not be sent.')
      case 'rejected_by_whatsapp':
      case 'engine_error':
      case 'unsupported':
      case 'message_not_sent':
      case 'unconfirmed':
      case null:
        return fail(reply, 500, sent.detail ?? 'WhatsApp did not take the message.')
      default:
        return sent.reason satisfies never
    }
  })

  app.post('/pair', async (request, reply) => {
    const body = admit(SeedPair, request.body, reply)
    if (body === null) return reply
    const result = await options.pair({ phone: body.phone })
    return result.ok ? reply.send({ success: true }) : fail(reply, 409, result.error)
  })

  // Ours: offers the sink again what it has refused for good.
  app.post('/replay', async (request, reply) => {
    const body = admit(SeedPair.pick({ token: true }), request.body, reply)
    if (body === null) return reply
    return reply.send({ success: true, replayed: options.replay() })
  })

  return app
}
