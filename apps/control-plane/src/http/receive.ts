import { ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FileDamagedError, FileTooLargeError } from '../files/port.ts'
import type { FileStore, PutOptions, StoredFile } from '../files/port.ts'
import type { App } from './app.ts'

/** Routes registered on `app` read the body themselves: whatever type it has, nothing of it is read before. */
export function takeAnyBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

/** Streams a request's body into the store of files. Throws what people should know of it. */
export function receive(
  files: Pick<FileStore, 'put'>,
  request: FastifyRequest,
  reply: FastifyReply,
  tenantId: string,
  options: PutOptions,
): Promise<StoredFile> {
  return streamed(request, reply, options.maxBytes, (bytes) => files.put(tenantId, bytes, options))
}

/** Streams a request's body to whoever takes it. Throws what people should know of it. */
export async function streamed<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  maxBytes: number,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new FileTooLargeError(maxBytes)
    // Not destroyed when we stop reading: the answer goes out on the same connection.
    return await take(request.raw.iterator({ destroyOnReturn: false }))
  } catch (error) {
    // What is left of the body is nobody's: not read, and not taken for the next request.
    reply.header('connection', 'close')
    if (error instanceof FileTooLargeError)
      throw new ZaptriaError('media_too_large', { detail: `At most ${Math.floor(error.maxBytes / (1024 * 1024))} MiB.`, cause: error })
    if (error instanceof FileDamagedError)
      throw new ZaptriaError('validation_failed', { errors: [{ path: 'sha256', message: error.message }], cause: error })
    throw error
  }
}
