import { ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MediaDamagedError, MediaTooLargeError } from '../media/port.ts'
import type { MediaStore, PutOptions, StoredFile } from '../media/port.ts'
import type { App } from './app.ts'

/** Routes registered on `app` read the body themselves: whatever type it has, nothing of it is read before. */
export function takeAnyBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

/** Streams a request's body into the store. Throws what people should know of it. */
export async function receive(
  media: Pick<MediaStore, 'put'>,
  request: FastifyRequest,
  reply: FastifyReply,
  tenantId: string,
  options: PutOptions,
): Promise<StoredFile> {
  try {
    if (Number(request.headers['content-length'] ?? 0) > options.maxBytes) throw new MediaTooLargeError(options.maxBytes)
    // Not destroyed when we stop reading: the answer goes out on the same connection.
    return await media.put(tenantId, request.raw.iterator({ destroyOnReturn: false }), options)
  } catch (error) {
    // What is left of the body is nobody's: not read, and not taken for the next request.
    reply.header('connection', 'close')
    if (error instanceof MediaTooLargeError)
      throw new ZaptriaError('media_too_large', { detail: `At most ${Math.floor(error.maxBytes / (1024 * 1024))} MiB.`, cause: error })
    if (error instanceof MediaDamagedError)
      throw new ZaptriaError('validation_failed', { errors: [{ path: 'sha256', message: error.message }], cause: error })
    throw error
  }
}
