import { LinkClose, ZaptriaError } from '@zaptria/contract'
import { authenticate } from '../link/authenticate.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import type { App } from './app.ts'

declare module 'fastify' {
  interface FastifyRequest {
    linkedBot: { id: string; tenantId: string } | null
  }
}

/** Routes on `app` are for our own bots: each request carries the link's credentials, looked at before a byte of its body is read. */
export function asLinkedBot(app: App, deps: { db: Db; secrets: Pick<Secrets, 'tokenMatches'> }): void {
  app.decorateRequest('linkedBot', null)
  app.addHook('onRequest', async (request) => {
    const bot = await authenticate(deps, request.headers)
    if ('code' in bot) throw new ZaptriaError(bot.code === LinkClose.gone ? 'gone' : 'bot_token_invalid')
    request.linkedBot = { id: bot.id, tenantId: bot.tenantId }
  })
}
