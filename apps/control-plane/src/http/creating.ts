import { ZaptriaError } from '@zaptria/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { once } from '../store/idempotency.ts'
import type { Trx } from '../store/tables.ts'
import { audited, changing } from './audited.ts'
import { actorName } from './guard.ts'

/**
 * The transaction of a POST that creates. With an `Idempotency-Key` it happens once, and who asks again gets the same answer (with
 * `Idempotent-Replayed: true`). Always 201, or the `status` given: what asks for something to be done to what is there already is alike.
 */
export async function creating<T>(
  { db, secrets }: { db: Db; secrets: Pick<Secrets, 'seal' | 'open'> },
  request: FastifyRequest,
  reply: FastifyReply,
  work: (trx: Trx) => Promise<T>,
  status = 201,
): Promise<T> {
  reply.code(status)
  const key = request.headers['idempotency-key']
  if (key === undefined) return changing(db, request, work)
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new ZaptriaError('validation_failed', {
      errors: [{ path: 'Idempotency-Key', message: '1 to 255 visible ASCII characters, for example a UUID' }],
    })
  const [path] = request.url.split('?', 1)
  const answer = await once(
    { db, secrets },
    { scope: actorName(request), key, method: request.method, path: path!, body: request.body },
    async (trx) => {
      const made = await work(trx)
      await audited(trx, request)
      return { status, body: made }
    },
  )
  if (answer.replayed) {
    // The first one has its row; this one changed nothing.
    request.audit.settled = true
    reply.header('idempotent-replayed', 'true')
  }
  return answer.body
}
