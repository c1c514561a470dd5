import { ApiKey, ApiKeyCreate, ApiKeyCreated, PageQuery, ZaptriaError, page } from '@zaptria/contract'
import { z } from 'zod'
import type { Secrets } from '../secrets/index.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import type { Db } from '../store/db.ts'
import type { Row } from '../store/tables.ts'
import type { App } from './app.ts'
import { changing } from './audited.ts'
import { creating } from './creating.ts'
import { decodeCursor, pageOf } from './cursor.ts'

export function apiKeyRoutes(app: App, deps: { db: Db; secrets: Pick<Secrets, 'seal' | 'open'> }): void {
  const { db } = deps
  const tags = ['api-keys']

  app.get(
    '/api-keys',
    { schema: { tags, summary: 'List API keys, newest first', querystring: PageQuery, response: { 200: page(ApiKey) } } },
    async ({ query: { cursor, limit } }) => {
      const before = decodeCursor(cursor, [z.uuid()])?.[0]
      const rows = await listApiKeys(db, { before, limit: limit + 1 })
      return pageOf(rows, limit, keyView, (row) => [row.id])
    },
  )

  app.post(
    '/api-keys',
    {
      config: { audit: { done: 'api_key.create' } },
      schema: {
        tags,
        summary: 'Create an API key',
        description: 'The key is shown once, here. It may do everything an operator may.',
        body: ApiKeyCreate,
        response: { 201: ApiKeyCreated },
      },
    },
    async (request, reply) =>
      creating(deps, request, reply, async (trx) => {
        const { row, key } = await createApiKey(trx, request.body.name)
        request.audit.detail = { key: row.id, name: row.name }
        return { ...keyView(row), key }
      }),
  )

  app.delete(
    '/api-keys/:key',
    {
      config: { audit: { done: 'api_key.revoke' } },
      schema: { tags, summary: 'Revoke an API key', params: z.object({ key: z.uuid() }), response: { 204: z.void() } },
    },
    async (request, reply) => {
      await changing(db, request, async (trx) => {
        if (!(await revokeApiKey(trx, request.params.key))) throw new ZaptriaError('api_key_not_found')
      })
      return reply.code(204).send()
    },
  )
}

const keyView = ({ id, name, prefix, created_at, last_used_at }: Row<'api_keys'>): ApiKey => ({
  id,
  name,
  prefix,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
})
