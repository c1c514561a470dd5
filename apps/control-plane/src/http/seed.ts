import { SEED_MAX_BODY_BYTES, SEED_TOKEN_HEADER, SeedIncoming, SeedQr, SeedStatus, ZaptriaError } from '@zaptria/contract'
import type { BotEvent } from '@zaptria/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { createBatches } from '../batches.ts'
import type { IngestQueue } from '../ingest/queue.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import type { FoundSeedBot } from '../store/seed-bots.ts'
import { findSeedBots } from '../store/seed-bots.ts'
import type { App } from './app.ts'
import { eventOfIncoming, eventOfQr, eventOfStatus } from './seed-events.ts'
import type { Throttle } from './throttle.ts'

const Taken = z.object({ success: z.literal(true) })
const params = z.object({ tenant: z.string().min(1).max(200) })

declare module 'fastify' {
  interface FastifyRequest {
    seedBot: { id: string; tenantId: string } | null
  }
}

/** The seed's webhooks, for bots that are not ours. 2xx = stored; 410 = stop; 429 and 5xx = send it again later. */
export function seedRoutes(
  app: App,
  deps: { db: Db; ingest: IngestQueue; secrets: Pick<Secrets, 'tokenMatches'>; botThrottle: Throttle },
): void {
  app.decorateRequest('seedBot', null)
  const findBot = seedBotFinder(deps.db)
  // Before the body is read: a stranger's megabyte is not worth parsing.
  app.addHook('onRequest', async (request) => {
    request.seedBot = await admit({ ...deps, findBot }, request)
  })

  // A bot posts for several chats at once; what waits for its turn goes together.
  const take = createBatches((whose: string, posts: () => readonly BotEvent[][]) => {
    const [id, tenantId] = whose.split(' ') as [string, string]
    return deps.ingest({ bot: { id, tenantId }, volumeId: null, events: () => posts().flat() })
  })

  const routes = [
    { what: 'qr', body: SeedQr, events: eventOfQr as (body: never) => BotEvent[], summary: 'A new QR' },
    { what: 'status', body: SeedStatus, events: eventOfStatus as (body: never) => BotEvent[], summary: 'Connected or disconnected' },
    { what: 'incoming', body: SeedIncoming, events: eventOfIncoming as (body: never) => BotEvent[], summary: 'A message' },
  ] as const
  for (const { what, body, events, summary } of routes) {
    app.post(
      `/api/tenants/:tenant/whatsapp/${what}`,
      {
        bodyLimit: SEED_MAX_BODY_BYTES,
        schema: { tags: ['bots'], security: [{ botToken: [] }], summary, params, body, response: { 200: Taken } },
      },
      async (request) => {
        const { id, tenantId } = request.seedBot!
        await take(`${id} ${tenantId}`, events(request.body as never))
        return { success: true as const }
      },
    )
  }
}

/** Looks up the bots of all the posts that come while a look is under way together. */
function seedBotFinder(db: Db): (tenant: string) => Promise<FoundSeedBot | null> {
  const look = createBatches(async (_: 'all', asked: () => readonly { tenant: string; found: FoundSeedBot | null }[]) => {
    const questions = asked()
    const found = await findSeedBots(
      db,
      questions.map(({ tenant }) => tenant),
    )
    for (const question of questions) question.found = found(question.tenant)
  })
  return async (tenant) => {
    const question = { tenant, found: null }
    await look('all', question)
    return question.found
  }
}

type Admission = { findBot: ReturnType<typeof seedBotFinder>; secrets: Pick<Secrets, 'tokenMatches'>; botThrottle: Throttle }

async function admit({ findBot, secrets, botThrottle }: Admission, request: FastifyRequest): Promise<{ id: string; tenantId: string }> {
  const { tenant } = request.params as { tenant: string }
  // PostgreSQL's text cannot hold it: no tenant is named so.
  const found = tenant.includes('\0') ? null : await findBot(tenant)
  if (found === null) throw new ZaptriaError('tenant_not_found')
  const token = request.headers[SEED_TOKEN_HEADER]
  const { bot } = found
  if (bot === undefined || typeof token !== 'string' || !secrets.tokenMatches(token, bot.tokenHash))
    throw new ZaptriaError('bot_token_invalid')
  if (bot.tenantRemoved || bot.subscription === 'cancelled' || bot.desired === 'removed') throw new ZaptriaError('gone')
  const retryAfterMs = botThrottle.take(bot.id)
  if (retryAfterMs > 0) throw new ZaptriaError('rate_limited', { retryAfterMs })
  return { id: bot.id, tenantId: bot.tenantId }
}
