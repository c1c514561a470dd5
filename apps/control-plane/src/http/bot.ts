import {
  Bot,
  BotPair,
  BotQr,
  BotStats,
  BotToken,
  BotUpdate,
  LogLine,
  PageQuery,
  StateHistoryEntry,
  ZaptriaError,
  page,
} from '@zaptria/contract'
import type { Expose, BotId, DesiredState, Hint } from '@zaptria/contract'
import { normalizePhone } from '@zaptria/core'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Hints } from '../live/hints.ts'
import type { Secrets } from '../secrets/index.ts'
import { changeBot, commandBot, lockBot, moveBot, readdressBot, rotateBotToken, wantBot } from '../store/bots.ts'
import { botOf, listStates, readQr } from '../store/bots-read.ts'
import type { QrRow } from '../store/bots-read.ts'
import type { Db } from '../store/db.ts'
import type { Row, Trx } from '../store/tables.ts'
import { lockTenant } from '../store/tenants.ts'
import { findTenant } from '../store/tenants-read.ts'
import { withTenant } from '../store/with-tenant.ts'
import { botHint } from '../tenants/lifecycle.ts'
import type { App } from './app.ts'
import { changing, changingInTenant } from './audited.ts'
import { botView } from './bot-view.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { TenantParams } from './tenants.ts'

/** What the orchestrator's driver of a bot's server can tell. Null: nothing runs, or it does not know. */
export type BotDriver = {
  /** What the driver of a server can expose; undefined where another replica drives it. */
  exposes(serverId: string): readonly Expose[] | undefined
  stats(botId: BotId): Promise<BotStats | null>
  logs(botId: BotId, tail: number): Promise<LogLine[]>
}

type ForTenant = FastifyRequest & { params: { tenant: string } }

/** Pairing, logging out and looking are of the moment: nobody wants them done an hour later. */
const COMMAND_SECONDS = 120

export function botRoutes(
  app: App,
  deps: { db: Db; hints: Pick<Hints, 'changed'>; secrets: Pick<Secrets, 'botToken' | 'hashToken'>; driver: BotDriver },
): void {
  const { db, hints, secrets, driver } = deps
  const tags = ['bot']
  const params = TenantParams

  const show = async (tenantId: string): Promise<Bot> => {
    if ((await findTenant(db, tenantId)) === undefined) throw new ZaptriaError('tenant_not_found')
    const row = await botOf(db, tenantId)
    if (row === undefined) throw new ZaptriaError('bot_not_found')
    return botView(row)
  }

  type Change = (trx: Trx, bot: Row<'bots'>, tenant: Row<'tenants'>) => Promise<Row<'bots'>>
  const locked = async (trx: Trx, tenantId: string, fn: Change): Promise<void> => {
    const tenant = await lockTenant(trx, tenantId)
    if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
    const bot = await lockBot(trx, tenantId)
    if (bot === undefined) throw new ZaptriaError('bot_not_found')
    await hints.changed(trx, botHint(await fn(trx, bot, tenant)))
  }
  /** One change of the tenant's bot, in one transaction, with its hint. */
  const change = async (request: ForTenant, fn: Change): Promise<Bot> => {
    const tenantId = request.params.tenant
    await changingInTenant(db, request, tenantId, (trx) => locked(trx, tenantId, fn))
    return show(tenantId)
  }

  const wanted = (trx: Trx, bot: Row<'bots'>, tenant: Row<'tenants'>, desired: DesiredState): Promise<Row<'bots'>> => {
    if (desired === 'running' && tenant.subscription === 'cancelled') throw new ZaptriaError('subscription_not_paid')
    return wantBot(trx, bot, desired)
  }

  /** What only a bot that we run can be told. */
  const running = (bot: Row<'bots'>): void => {
    if (bot.transport === 'http')
      throw new ZaptriaError('conflict', { detail: 'This bot is not run here (transport "http"): do that where it runs.' })
    if (bot.desired !== 'running') throw new ZaptriaError('bot_not_running')
  }

  app.get('/tenants/:tenant/bot', { schema: { tags, summary: 'Read the bot', params, response: { 200: Bot } } }, (request) =>
    show(request.params.tenant),
  )

  app.patch(
    '/tenants/:tenant/bot',
    {
      config: { audit: { done: 'bot.change' } },
      schema: { tags, summary: 'Change the bot’s settings', params, body: BotUpdate, response: { 200: Bot } },
    },
    (request) => {
      const { expose, pacing, transport, public_url } = request.body
      if (transport !== undefined) request.audit.detail = { transport }
      return change(request, async (trx, before) => {
        const can = driver.exposes(before.server_id)
        if (expose !== undefined && can?.includes(expose) === false)
          throw new ZaptriaError('validation_failed', {
            errors: [{ path: 'expose', message: `this bot’s server can do: ${can.join(', ')}` }],
          })
        const { bot, hints: moved } = await placed(trx, before, { transport, public_url })
        await hints.changed(trx, moved)
        return changeBot(trx, bot.id, {
          ...(expose === undefined || expose === bot.expose ? {} : { expose, generation: bot.generation + 1 }),
          ...(pacing === undefined ? {} : { pacing: JSON.stringify({ ...bot.pacing, ...defined(pacing) }) }),
        })
      })
    },
  )

  app.delete(
    '/tenants/:tenant/bot',
    {
      config: { audit: { done: 'bot.remove' } },
      schema: { tags, summary: 'Remove the bot; its volume is kept', params, response: { 200: Bot } },
    },
    (request) => change(request, (trx, bot, tenant) => wanted(trx, bot, tenant, 'removed')),
  )

  app.post(
    '/tenants/:tenant/bot/start',
    { config: { audit: { done: 'bot.start' } }, schema: { tags, summary: 'Start', params, response: { 200: Bot } } },
    (request) => change(request, (trx, bot, tenant) => wanted(trx, bot, tenant, 'running')),
  )

  app.post(
    '/tenants/:tenant/bot/stop',
    { config: { audit: { done: 'bot.stop' } }, schema: { tags, summary: 'Stop', params, response: { 200: Bot } } },
    (request) => change(request, (trx, bot, tenant) => wanted(trx, bot, tenant, bot.desired === 'removed' ? 'removed' : 'stopped')),
  )

  app.post(
    '/tenants/:tenant/bot/restart',
    { config: { audit: { done: 'bot.restart' } }, schema: { tags, summary: 'Restart', params, response: { 200: Bot } } },
    (request) =>
      change(request, (trx, bot) => {
        running(bot)
        return changeBot(trx, bot.id, { generation: bot.generation + 1 })
      }),
  )

  app.post(
    '/tenants/:tenant/bot/pair',
    {
      config: { audit: { done: 'bot.pair' } },
      schema: {
        tags,
        summary: 'Pair again',
        description: 'A fresh QR, or, with `phone`, a pairing code. Read it at GET …/bot/qr.',
        params,
        body: BotPair.nullish(),
        response: { 200: Bot },
      },
    },
    (request) => {
      const typed = request.body?.phone
      const phone = typed === undefined ? undefined : normalizePhone(typed)
      if (phone === null) throw new ZaptriaError('invalid_phone', { errors: [{ path: 'phone', message: 'is not a phone number' }] })
      return change(request, async (trx, bot) => {
        running(bot)
        return askPairing(trx, bot, phone)
      })
    },
  )

  app.post(
    '/tenants/:tenant/bot/logout',
    {
      config: { audit: { done: 'bot.logout' } },
      schema: { tags, summary: 'Unlink from the WhatsApp account', params, response: { 200: Bot } },
    },
    (request) =>
      change(request, async (trx, bot) => {
        running(bot)
        await commandBot(trx, bot, { kind: 'logout' }, COMMAND_SECONDS)
        return touched(trx, bot)
      }),
  )

  app.get(
    '/tenants/:tenant/bot/qr',
    {
      schema: {
        tags,
        summary: 'Read the live QR',
        description: 'A QR that nobody scans is no longer made anew after ten minutes; asking here wakes it.',
        params,
        response: { 200: BotQr },
      },
    },
    async (request) => {
      if ((await findTenant(db, request.params.tenant)) === undefined) throw new ZaptriaError('tenant_not_found')
      const qr = await withTenant(db, request.params.tenant, (trx) => readQr(trx))
      if (qr === undefined) throw new ZaptriaError('bot_not_found')
      if (isAsleep(qr)) await change(request, wakeQr)
      return {
        qr_code: qr.qr_code,
        expires_at: qr.qr_code === null ? null : (qr.qr_expires_at?.toISOString() ?? null),
        pairing_code: qr.pairing_code,
        state: qr.state,
        reason: qr.reason,
      }
    },
  )

  app.get(
    '/tenants/:tenant/bot/states',
    {
      schema: {
        tags,
        summary: 'What the bot went through, newest first',
        params,
        querystring: PageQuery,
        response: { 200: page(StateHistoryEntry) },
      },
    },
    async ({ params: { tenant }, query: { cursor, limit } }) => {
      await show(tenant)
      const before = decodeCursor(cursor, [z.string().regex(/^\d{1,18}$/)])?.[0]
      const rows = await withTenant(db, tenant, (trx) => listStates(trx, { before, limit: limit + 1 }))
      return pageOf(
        rows,
        limit,
        ({ id, state, reason, detail, at }) => ({ id, state, reason, detail, at: at.toISOString() }),
        (row) => [row.id],
      )
    },
  )

  app.get(
    '/tenants/:tenant/bot/stats',
    { schema: { tags, summary: 'Memory and processor of the running instance', params, response: { 200: BotStats } } },
    async (request) => {
      const bot = await show(request.params.tenant)
      const stats = await driver.stats(bot.id)
      if (stats === null) throw new ZaptriaError('bot_not_running')
      return stats
    },
  )

  app.get(
    '/tenants/:tenant/bot/logs',
    {
      schema: {
        tags,
        summary: 'The instance’s last log lines, oldest first',
        params,
        querystring: z.object({ tail: z.coerce.number().int().min(1).max(2000).default(200) }),
        response: { 200: z.object({ items: z.array(LogLine) }) },
      },
    },
    async ({ params: { tenant }, query: { tail } }) => ({ items: await driver.logs((await show(tenant)).id, tail) }),
  )

  app.post(
    '/tenants/:tenant/bot/token',
    {
      config: { audit: { done: 'bot.token.rotate' } },
      schema: {
        tags,
        summary: 'Rotate the bot’s token',
        description:
          'The old one is refused at once; the bot is started again with the new one. Shown once. A bot of yours must be given it: until then its messages wait.',
        params,
        response: { 200: BotToken },
      },
    },
    async (request) => {
      let shown: z.infer<typeof BotToken> | undefined
      // Not as the tenant: its key is out of its own reach.
      await changing(db, request, (trx) =>
        locked(trx, request.params.tenant, async (_, bot) => {
          const rotated = await rotateBotToken(trx, secrets, bot)
          shown = { bot_token: rotated.token, version: rotated.bot.token_version }
          request.audit.detail = { version: rotated.bot.token_version }
          return rotated.bot
        }),
      )
      return shown!
    },
  )
}

/** A command wakes whoever holds the link through the bot's hint; hints of the same version are old news, so it has to grow. */
/** Nobody scanned for long, and the QR is not made anew until somebody looks. */
export const isAsleep = ({ reason, desired, transport }: QrRow): boolean =>
  reason === 'qr_paused' && desired === 'running' && transport === 'link'

/** Somebody looks. The caller tells the bot's hint, or the command would wait for the next look at all that is due. */
export async function wakeQr(trx: Trx, bot: Row<'bots'>): Promise<Row<'bots'>> {
  await commandBot(trx, bot, { kind: 'pair', look: true }, COMMAND_SECONDS)
  return bot
}

/** A fresh QR, or a code for that phone: one that is there for another phone is not taken for it. The caller has locked the bot. */
export async function askPairing(trx: Trx, bot: Row<'bots'>, phone: string | undefined): Promise<Row<'bots'>> {
  await commandBot(trx, bot, phone === undefined ? { kind: 'pair' } : { kind: 'pair', phone }, COMMAND_SECONDS)
  return changeBot(trx, bot.id, phone === undefined ? {} : { pairing_code: null })
}

const touched = (trx: Trx, bot: Row<'bots'>): Promise<Row<'bots'>> => changeBot(trx, bot.id, {})

/** The bot with the place that the request says, if it says one. */
async function placed(
  trx: Trx,
  bot: Row<'bots'>,
  { transport = bot.transport, public_url }: Pick<BotUpdate, 'transport' | 'public_url'>,
): Promise<{ bot: Row<'bots'>; hints: Hint[] }> {
  const fault = (message: string): ZaptriaError => new ZaptriaError('validation_failed', { errors: [{ path: 'public_url', message }] })
  if (transport === 'link') {
    if (public_url !== undefined) throw fault('goes with transport "http" only')
    return bot.transport === 'link' ? { bot, hints: [] } : moveBot(trx, bot, { transport, public_url: null })
  }
  if (bot.transport === 'link') {
    if (public_url === undefined) throw fault('is needed with transport "http"')
    return moveBot(trx, bot, { transport, public_url })
  }
  return public_url === undefined || public_url === bot.public_url ? { bot, hints: [] } : readdressBot(trx, bot, public_url)
}

const defined = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>
