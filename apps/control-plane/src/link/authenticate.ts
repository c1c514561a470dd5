import type { IncomingHttpHeaders } from 'node:http'
import { LinkClose, TenantId } from '@zaptria/contract'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import type { LinkedBot } from '../store/link.ts'
import { botOfTenant } from '../store/link.ts'

/** Why a bot may not come in, as the link's close codes say it. */
export type Refusal = { code: (typeof LinkClose)['unauthorized' | 'gone']; reason: string }

/** One of our own bots, by the headers that it sends with its link and beside it. */
export async function authenticate(
  deps: { db: Db; secrets: Pick<Secrets, 'tokenMatches'> },
  headers: IncomingHttpHeaders,
): Promise<LinkedBot | Refusal> {
  const refusal = { code: LinkClose.unauthorized, reason: 'wrong token or tenant' }
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
  const tenantId = TenantId.safeParse(headers['x-tenant-id']).data
  if (token === undefined || tenantId === undefined) return refusal
  const bot = await botOfTenant(deps.db, tenantId)
  if (bot === null || !deps.secrets.tokenMatches(token, bot.tokenHash)) return refusal
  if (bot.desired === 'removed') return { code: LinkClose.gone, reason: 'the bot is not wanted any more' }
  return bot
}
