import { API_BASE } from '@zaptria/contract'
import type { Json, JsonObject } from './reference/json.ts'

/** Bodies that are read by a parser of their own: what they have to look like. */
const BODY_SCHEMAS: Readonly<Record<string, string>> = {
  [`${API_BASE}/tenants/{tenant}/flow/versions`]: 'FlowInput',
  [`${API_BASE}/tenants/{tenant}/flow/validate`]: 'FlowInput',
}

/** Bodies that are the file itself. */
const UPLOADS: readonly string[] = [`${API_BASE}/tenants/{tenant}/media`, `${API_BASE}/tenants/{tenant}/bot/snapshots/import`]

const IDEMPOTENCY_KEY: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Any word of yours, for example a UUID. The same request with the same key happens once; kept for a day.',
  schema: { type: 'string', maxLength: 255 },
}

/** Makes the generated document one that people and client generators like to read. Changes nothing that it says. */
export function tidyOpenApi(generated: object): JsonObject {
  // The generator's document holds functions, which structuredClone refuses.
  const document = JSON.parse(JSON.stringify(generated)) as JsonObject
  for (const [path, item] of Object.entries(document['paths'] as JsonObject)) {
    for (const [method, operation] of Object.entries(item as { [method: string]: JsonObject })) tidyOperation(path, method, operation)
  }
  forEachObject(document, (each) => {
    // `format` says it; zod's patterns for the same are a screenful.
    if (each['format'] === 'uuid' || each['format'] === 'date-time') delete each['pattern']
  })
  dropUnused(document)
  return document
}

function tidyOperation(path: string, method: string, operation: JsonObject): void {
  operation['operationId'] ??= operationId(path, method)
  const responses = operation['responses'] as { [status: string]: JsonObject }
  for (const [status, response] of Object.entries(responses)) {
    if (response['description'] === 'Default Response') response['description'] = status === '201' ? 'Created.' : 'Done.'
    if (status === '204') delete response['content']
  }
  if (responses['201'] !== undefined)
    operation['parameters'] = [...((operation['parameters'] as Json[] | undefined) ?? []), IDEMPOTENCY_KEY]
  const body = method === 'post' ? BODY_SCHEMAS[path] : undefined
  if (body !== undefined)
    operation['requestBody'] = { required: true, content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } } }
  if (method === 'post' && UPLOADS.includes(path))
    operation['requestBody'] = { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }
}

/** `post /api/v1/tenants/{tenant}/bot/start` → `postTenantsBotStart`: parameters say nothing that their noun has not said. One item: `…One`. */
function operationId(path: string, method: string): string {
  const parts = path.slice(path.startsWith(API_BASE) ? API_BASE.length : 0).split('/')
  const words = parts.filter((part) => !part.startsWith('{')).flatMap((part) => part.split(/[^a-z0-9]+/i))
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return `${method}${name}${parts.at(-1)!.startsWith('{') ? 'One' : ''}`
}

function dropUnused(document: JsonObject): void {
  const schemas = (document['components'] as { schemas?: JsonObject }).schemas ?? {}
  const used = new Set<string>()
  const visit = (from: Json): void =>
    forEachObject(from, ({ $ref }) => {
      const name = typeof $ref === 'string' ? /^#\/components\/schemas\/(.+)$/.exec($ref)?.[1] : undefined
      if (name === undefined || used.has(name)) return
      used.add(name)
      visit(schemas[name] ?? null)
    })
  visit(document['paths']!)
  for (const name of Object.keys(schemas)) if (!used.has(name) && name !== 'Hint') delete schemas[name]
}

function forEachObject(value: Json, fn: (object: JsonObject) => void): void {
  if (Array.isArray(value)) for (const each of value) forEachObject(each, fn)
  else if (value !== null && typeof value === 'object') {
    fn(value)
    for (const each of Object.values(value)) forEachObject(each, fn)
  }
}
