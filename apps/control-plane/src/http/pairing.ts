import { Pairing, PairingAsk, PairingLink, PairingLinkCreate, PairingLinkCreated, PairingLook, ZaptriaError } from '@zaptria/contract'
import { normalizePhone } from '@zaptria/core'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import { lockBot } from '../store/bots.ts'
import { readQr } from '../store/bots-read.ts'
import type { Db } from '../store/db.ts'
import type { PairingLink as StoredLink } from '../store/pairing-links.ts'
import { createPairingLink, readPairingLink, removePairingLink, tenantOfToken } from '../store/pairing-links.ts'
import type { Row, Trx } from '../store/tables.ts'
import { lockTenant } from '../store/tenants.ts'
import { botHint } from '../tenants/lifecycle.ts'
import type { App } from './app.ts'
import { audited, changingInTenant } from './audited.ts'
import { askPairing, isAsleep, wakeQr } from './bot.ts'
import { inTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'
import type { Throttle } from './throttle.ts'

/** A link that an operator sends to a customer: it shows one bot's pairing to whoever has it, and nothing else. */
export function pairingRoutes(
  app: App,
  deps: { db: Db; hints: Pick<Hints, 'changed'>; publicOrigin: string | undefined; lookThrottle: Throttle; askThrottle: Throttle },
): void {
  const { db, hints } = deps
  const tags = ['pairing']
  const params = TenantParams

  app.post(
    '/tenants/:tenant/bot/pairing-link',
    {
      config: { audit: { done: 'pairing_link.create' } },
      schema: {
        tags,
        summary: 'Make a pairing link',
        description:
          'For a customer who links the WhatsApp account without signing in. Good until the bot is connected, at most `expires_in_hours`; voids the one before.',
        params,
        body: PairingLinkCreate.nullish(),
        response: { 201: PairingLinkCreated },
      },
    },
    async (request, reply) => {
      const hours = (request.body ?? PairingLinkCreate.parse({})).expires_in_hours
      const made = await changingInTenant(db, request, request.params.tenant, async (trx, tenant) => {
        await lockTenant(trx, tenant.id)
        const bot = await trx.selectFrom('bots').select(['desired', 'state', 'transport']).executeTakeFirst()
        if (bot === undefined) throw new ZaptriaError('bot_not_found')
        if (bot.transport === 'http')
          throw new ZaptriaError('conflict', { detail: 'This bot is not run here (transport "http"): it is paired where it runs.' })
        if (bot.desired !== 'running') throw new ZaptriaError('bot_not_running')
        if (bot.state === 'connected') throw new ZaptriaError('conflict', { detail: 'The bot is connected: there is nothing to pair.' })
        return createPairingLink(trx, tenant.id, hours)
      })
      const url = `${deps.publicOrigin ?? `${request.protocol}://${request.host}`}/pair#${made.token}`
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...linkView(made.link), url })
    },
  )

  app.get(
    '/tenants/:tenant/bot/pairing-link',
    { schema: { tags, summary: 'Read whether there is a pairing link', params, response: { 200: PairingLink } } },
    async ({ params: { tenant } }) => {
      const link = await inTenant(db, tenant, (trx) => readPairingLink(trx))
      if (link === undefined) throw new ZaptriaError('pairing_link_not_found')
      return linkView(link)
    },
  )

  app.delete(
    '/tenants/:tenant/bot/pairing-link',
    {
      config: { audit: { done: 'pairing_link.remove' } },
      schema: { tags, summary: 'Void the pairing link', params, response: { 204: z.void() } },
    },
    async (request, reply) => {
      await changingInTenant(db, request, request.params.tenant, (trx) => removePairingLink(trx))
      return reply.code(204).send()
    },
  )

  /** As the link's tenant. */
  const opened = async <T>(
    request: FastifyRequest & { body: { token: string } },
    fn: (trx: Trx, tenant: Row<'tenants'>, link: StoredLink) => Promise<T>,
  ): Promise<T> => {
    throttled(deps.lookThrottle, `${request.ip} pairing`)
    const tenantId = tenantOfToken(request.body.token)
    const wrong = (): ZaptriaError => new ZaptriaError('pairing_link_not_found')
    if (tenantId === null) throw wrong()
    try {
      return await inTenant(db, tenantId, async (trx, tenant) => {
        const link = await readPairingLink(trx, request.body.token)
        if (link === undefined) throw wrong()
        return fn(trx, tenant, link)
      })
    } catch (error) {
      // Whether there is such a tenant is nobody's business.
      throw error instanceof ZaptriaError && error.code === 'tenant_not_found' ? wrong() : error
    }
  }

  const look = (request: FastifyRequest & { body: { token: string } }): Promise<Pairing> =>
    opened(request, async (trx, tenant, link) => {
      const qr = await readQr(trx)
      if (qr === undefined) throw new ZaptriaError('bot_not_found')
      const connected = qr.state === 'connected'
      // Used: what comes after it is for a new link to show.
      if (link.used_at !== null && !connected) throw new ZaptriaError('pairing_link_not_found')
      if (isAsleep(qr)) {
        const bot = await lockBot(trx, tenant.id)
        if (bot !== undefined) await hints.changed(trx, botHint(await wakeQr(trx, bot)))
      }
      return {
        name: tenant.name,
        state: qr.state,
        reason: qr.reason,
        alive: qr.alive && qr.desired === 'running',
        qr_code: qr.qr_code,
        qr_expires_at: qr.qr_code === null ? null : (qr.qr_expires_at?.toISOString() ?? null),
        pairing_code: qr.pairing_code,
        link_expires_at: link.expires_at.toISOString(),
      }
    })

  app.post(
    '/pairing',
    {
      config: { access: 'anyone', audit: false },
      schema: { tags, summary: 'What a pairing link shows', security: [], body: PairingLook, response: { 200: Pairing } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return look(request)
    },
  )

  app.post(
    '/pairing/ask',
    {
      config: { access: 'anyone', audit: { done: 'pairing_link.pair' } },
      schema: {
        tags,
        summary: 'Ask for a fresh QR, or for a code, with a pairing link',
        security: [],
        body: PairingAsk,
        response: { 200: Pairing },
      },
    },
    async (request, reply) => {
      const { phone: typed } = request.body
      const phone = typed === undefined ? undefined : normalizePhone(typed)
      if (phone === null) throw new ZaptriaError('invalid_phone', { errors: [{ path: 'phone', message: 'is not a phone number' }] })
      await opened(request, async (trx, tenant, link) => {
        if (link.used_at !== null) throw new ZaptriaError('pairing_link_not_found')
        throttled(deps.askThrottle, tenant.id)
        await lockTenant(trx, tenant.id)
        const bot = await lockBot(trx, tenant.id)
        if (bot === undefined) throw new ZaptriaError('bot_not_found')
        if (bot.desired !== 'running' || bot.transport !== 'link') throw new ZaptriaError('bot_not_running')
        await hints.changed(trx, botHint(await askPairing(trx, bot, phone)))
        request.actor = { kind: 'pairing_link' }
        request.audit.tenantId = tenant.id
        request.audit.detail = { by: phone === undefined ? 'qr' : 'phone', ip: request.ip }
        await audited(trx, request)
      })
      reply.header('cache-control', 'no-store')
      return look(request)
    },
  )
}

const linkView = ({ created_at, expires_at, used_at }: StoredLink): PairingLink => ({
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
  used_at: used_at?.toISOString() ?? null,
})

function throttled(throttle: Throttle, key: string): void {
  const retryAfterMs = throttle.take(key)
  if (retryAfterMs > 0) throw new ZaptriaError('rate_limited', { retryAfterMs })
}
