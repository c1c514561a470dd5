import { BOT_MEDIA_PATH, BotMediaQuery, BotMediaStored, ZaptriaError, largest } from '@zaptria/contract'
import type { MediaLimits } from '@zaptria/contract'
import { z } from 'zod'
import { fileHint, storedKeyOf } from '../ingest/media.ts'
import type { Hints } from '../live/hints.ts'
import type { FileStore } from '../files/port.ts'
import { judgeType } from '../media/type.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { fileByKey, findMedia, mediaArrived } from '../store/media.ts'
import { withTenant } from '../store/with-tenant.ts'
import type { App } from './app.ts'
import { asLinkedBot } from './linked-bot.ts'
import { receive, takeAnyBody } from './receive.ts'

export type BotMediaDeps = {
  db: Db
  hints: Pick<Hints, 'changed'>
  secrets: Pick<Secrets, 'tokenMatches'>
  media: FileStore
  mediaLimits: MediaLimits
}

/**
 * The bytes of media, beside the link and with its credentials. For a bot: 2xx = stored; 404 = no such message (yet); 410 = stop; 413 = it will
 * never be taken; 429 and 5xx = again later.
 */
export function botMediaRoutes(app: App, deps: BotMediaDeps): void {
  const { db, hints, media, mediaLimits } = deps
  takeAnyBody(app)
  asLinkedBot(app, deps)
  const schema = { tags: ['bots'], hide: true }

  app.put(
    BOT_MEDIA_PATH,
    { config: { largeBody: true }, schema: { ...schema, querystring: BotMediaQuery, response: { 200: BotMediaStored } } },
    async (request, reply) => {
      const bot = request.linkedBot!
      const { sha256, ...key } = request.query
      const file = await withTenant(db, bot.tenantId, (trx) => fileByKey(trx, bot.id, storedKeyOf(key)))
      if (file === null) throw new ZaptriaError('message_not_found')
      const known = file.media
      if (known.state === 'stored') {
        // The answer to the first time was lost. The bytes are read to their end, so that this one is heard.
        request.raw.resume()
        return { sha256: known.sha256!, size_bytes: Number(known.size_bytes) }
      }
      const stored = await receive(media, request, reply, bot.tenantId, { maxBytes: largest(mediaLimits, known.kind), sha256 })
      const judged = await judgeType(known.kind, known.mimetype, stored.head)
      await withTenant(db, bot.tenantId, async (trx) => {
        await mediaArrived(trx, file, { ...stored, ...judged })
        await hints.changed(trx, fileHint(bot, file))
      })
      return { sha256: stored.sha256, size_bytes: stored.sizeBytes }
    },
  )

  app.get(
    `${BOT_MEDIA_PATH}/:media`,
    { exposeHeadRoute: false, schema: { ...schema, params: z.object({ media: z.uuid() }) } },
    async (request, reply) => {
      const bot = request.linkedBot!
      const row = await withTenant(db, bot.tenantId, (trx) => findMedia(trx, request.params.media))
      const bytes = row?.state === 'stored' ? await media.get(bot.tenantId, row.sha256!) : null
      if (row === null || bytes === null) throw new ZaptriaError('media_not_found')
      return reply.header('content-type', 'application/octet-stream').header('content-length', row.size_bytes!).send(bytes)
    },
  )
}
