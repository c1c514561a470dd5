import { Media, MediaLimits, MessageId, ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { disposition, rangeOf } from '../media/serve.ts'
import type { FileStore } from '../files/port.ts'
import { isShown, judgeUpload } from '../media/type.ts'
import type { Secrets } from '../secrets/index.ts'
import { asTenant } from '../store/as-tenant.ts'
import type { Db } from '../store/db.ts'
import { fileOfMessage, insertUpload } from '../store/media.ts'
import type { Row } from '../store/tables.ts'
import type { App } from './app.ts'
import { creating } from './creating.ts'
import { inTenant } from './in-tenant.ts'
import { sendProblem } from './problems.ts'
import { receive, takeAnyBody } from './receive.ts'
import { TenantParams } from './tenants.ts'

export type MediaDeps = { db: Db; secrets: Pick<Secrets, 'seal' | 'open'>; media: FileStore; mediaLimits: MediaLimits }

/** What programs send of themselves when nobody names the file's type: not the file, or not its type. */
const FORM = /^\s*(multipart\/|application\/x-www-form-urlencoded)/i
const NOT_A_FORM =
  "is a form's: send the file itself as the body and its own type here, for example curl --data-binary @a.jpg -H 'Content-Type: image/jpeg'"

export function mediaRoutes(app: App, deps: MediaDeps): void {
  const { db, media, mediaLimits } = deps
  const tags = ['messages']

  app.get(
    '/tenants/:tenant/messages/:message/media',
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Download a message’s file',
        description: 'The bytes themselves, once `media.state` of the message is `stored`. Takes one `Range`.',
        params: TenantParams.extend({ message: MessageId }),
        response: {
          200: { description: 'The file, under its own type.', content: { 'application/octet-stream': { schema: z.string() } } },
        },
      },
    },
    async (request, reply) => {
      const { tenant, message } = request.params
      const row = await inTenant(db, tenant, (trx) => fileOfMessage(trx, message))
      if (row === null || row.state !== 'stored') throw new ZaptriaError('media_not_found')
      return sendFile(media, row, request, reply)
    },
  )

  app.get(
    '/tenants/:tenant/media/limits',
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'How large a file may be',
        description: 'To be asked before a file is uploaded. The operator sets it; it is the same for every tenant.',
        params: TenantParams,
        response: { 200: MediaLimits },
      },
    },
    async (request) => inTenant(db, request.params.tenant, async () => mediaLimits),
  )

  // What is uploaded is read by its route, and not by the API's parser.
  void app.register(async (plugin) => {
    const uploads = plugin as unknown as App
    takeAnyBody(uploads)
    uploads.setErrorHandler((error: { code?: string }, request, reply) =>
      sendProblem(error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? notAType() : error, request, reply),
    )
    uploads.post(
      '/tenants/:tenant/media',
      {
        config: { audit: { done: 'media.upload' }, largeBody: true },
        schema: {
          tags,
          summary: 'Upload a file to send',
          description:
            'The body is the file itself, its type in `Content-Type`. Send it with POST …/messages and the `id` of the answer, within a day.',
          params: TenantParams,
          querystring: z.object({ filename: z.string().max(512).optional() }),
          response: { 201: Media },
        },
      },
      async (request, reply) => uploaded(deps, request.params.tenant, request.query.filename ?? null, request, reply),
    )
  })
}

const notAType = (): ZaptriaError =>
  new ZaptriaError('validation_failed', { errors: [{ path: 'Content-Type', message: 'is no type of a file, for example image/jpeg' }] })

async function uploaded(
  deps: MediaDeps,
  tenantId: string,
  filename: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Media> {
  const { db, media, mediaLimits } = deps
  // Before a byte is taken: there must be somebody whose it is.
  await inTenant(db, tenantId, async () => {})
  if (FORM.test(request.headers['content-type'] ?? '')) {
    reply.header('connection', 'close')
    throw new ZaptriaError('validation_failed', { errors: [{ path: 'Content-Type', message: NOT_A_FORM }] })
  }
  const maxBytes = Math.max(mediaLimits.document, mediaLimits.other)
  const stored = await receive(media, request, reply, tenantId, { maxBytes })
  if (stored.sizeBytes === 0) throw new ZaptriaError('validation_failed', { errors: [{ path: 'body', message: 'is empty' }] })
  const judged = await judgeUpload(request.headers['content-type'] ?? '', stored.head)
  if (judged.mismatch) throw new ZaptriaError('media_type_mismatch')
  // What stands for the bytes where a request that is repeated is compared with the first.
  request.body = { sha256: stored.sha256, filename }
  return creating(deps, request, reply, (trx) =>
    asTenant(trx, tenantId, async () => {
      const row = await insertUpload(trx, { ...stored, ...judged, tenantId, filename })
      request.audit.detail = { media: row.id }
      return mediaView(row)
    }),
  )
}

async function sendFile(media: FileStore, row: Row<'media'>, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const size = Number(row.size_bytes)
  const etag = `"${row.sha256}"`
  const { range: wanted, 'if-none-match': known, 'if-range': onlyIf } = request.headers
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    // Kept by the person's own browser, and asked about each time: whoever has signed out sees nothing.
    .header('cache-control', 'private, no-cache')
    .header('content-disposition', disposition(isShown(row.mimetype) ? 'inline' : 'attachment', row.filename))
    // Somebody sent it. Whatever it is, it runs nothing and reaches nothing here.
    .header('content-security-policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'")
  if (known === etag) return reply.code(304).send()
  const range = onlyIf === undefined || onlyIf === etag ? rangeOf(wanted, size) : null
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${size}`).send()
  const bytes = await media.get(row.tenant_id, row.sha256!, range ?? undefined)
  if (bytes === null) throw new ZaptriaError('media_not_found')
  if (range !== null) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  return reply
    .header('content-type', row.mimetype)
    .header('content-length', range === null ? size : range.end - range.start + 1)
    .send(bytes)
}

const mediaView = (row: Row<'media'>): Media =>
  Media.parse({
    id: row.id,
    mimetype: row.mimetype,
    filename: row.filename,
    size_bytes: Number(row.size_bytes),
    sha256: row.sha256,
    created_at: row.created_at.toISOString(),
  })
