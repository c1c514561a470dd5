import { ERRORS, type ErrorCode } from '@zaptria/contract'
import { z } from 'zod'

/* What the page reads of the OpenAPI document that the control plane makes. */

export const JsonSchema = z.record(z.string(), z.unknown())
export type JsonSchema = z.infer<typeof JsonSchema>

const Content = z.record(z.string(), z.object({ schema: JsonSchema.optional(), example: z.unknown().optional() }))
const OperationObject = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: JsonSchema.default({}),
      }),
    )
    .default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: Content.optional(), 'x-codes': z.array(z.string()).optional() }),
  ),
  'x-codeSamples': z.array(z.object({ lang: z.string(), label: z.string(), source: z.string() })).default([]),
})
const Document = z.object({
  servers: z.array(z.object({ url: z.string() })).default([]),
  tags: z.array(z.object({ name: z.string(), description: z.string().optional(), 'x-displayName': z.string().optional() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), OperationObject)),
  components: z.object({ schemas: z.record(z.string(), JsonSchema).default({}) }).default({ schemas: {} }),
})

export type Parameter = { name: string; required: boolean; text: string | undefined; schema: JsonSchema }
export type Sample = { lang: string; label: string; source: string }
export type Refusal = { code: string; status: number; message: string; hint: string }
export type By = 'apiKey' | 'session' | 'botToken' | 'none'

export type Operation = {
  id: string
  method: string
  path: string
  title: string
  text: string | undefined
  by: By
  inPath: Parameter[]
  inQuery: Parameter[]
  inHeader: Parameter[]
  body: { type: string; schema: JsonSchema } | null
  answer: { status: string; text: string; schema: JsonSchema | null; example: unknown }
  refusals: Refusal[]
  samples: Sample[]
  /** All that a search looks into, in lower case. */
  words: string
}
export type Noun = { id: string; title: string; text: string | undefined; operations: Operation[] }
export type Reference = { address: string; nouns: Noun[]; schemas: Record<string, JsonSchema> }

/** The document as the page shows it: by noun, in the document's order. Throws when it is none. */
export function readReference(json: unknown): Reference {
  const { servers, tags, paths, components } = Document.parse(json)
  const nouns = new Map<string, Noun>(
    tags.map(({ name, description, 'x-displayName': title }) => [
      name,
      { id: name, title: title ?? name, text: description, operations: [] },
    ]),
  )
  for (const [path, item] of Object.entries(paths))
    for (const [method, operation] of Object.entries(item)) {
      const name = operation.tags[0] ?? 'other'
      const noun = nouns.get(name) ?? { id: name, title: name, text: undefined, operations: [] }
      nouns.set(name, noun)
      noun.operations.push(operationOf(path, method.toUpperCase(), operation))
    }
  return {
    address: servers[0]?.url ?? '',
    nouns: [...nouns.values()].filter(({ operations }) => operations.length > 0),
    schemas: components.schemas,
  }
}

function operationOf(path: string, method: string, it: z.infer<typeof OperationObject>): Operation {
  const at = (place: string): Parameter[] =>
    it.parameters
      .filter((one) => one.in === place)
      .map(({ name, required = false, description, schema }) => ({ name, required, schema, text: description ?? textOf(schema) }))
  const [type, body] = Object.entries(it.requestBody?.content ?? {})[0] ?? []
  const [status = '', answer] = Object.entries(it.responses).find(([each]) => each.startsWith('2')) ?? []
  const given = Object.values(answer?.content ?? {})[0]
  const refusals = Object.values(it.responses).flatMap((one) => (one['x-codes'] ?? []).flatMap(refusalOf))
  return {
    id: it.operationId,
    method,
    path,
    title: it.summary,
    text: it.description,
    by: byOf(it.security),
    inPath: at('path'),
    inQuery: at('query'),
    inHeader: at('header'),
    body: type === undefined || body === undefined ? null : { type, schema: body.schema ?? {} },
    answer: { status, text: answer?.description ?? '', schema: given?.schema ?? null, example: given?.example },
    refusals,
    samples: it['x-codeSamples'],
    words: [
      it.operationId,
      method,
      path,
      it.summary,
      it.description,
      ...it.parameters.map(({ name }) => name),
      ...refusals.map(({ code }) => code),
    ]
      .join(' ')
      .toLowerCase(),
  }
}

const textOf = ({ description }: JsonSchema): string | undefined => (typeof description === 'string' ? description : undefined)

function byOf(security: readonly Record<string, unknown>[] | undefined): By {
  if (security === undefined) return 'apiKey'
  const [first] = security.flatMap((one) => Object.keys(one))
  return first === 'session' || first === 'botToken' || first === 'apiKey' ? first : 'none'
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)

function refusalOf(code: string): Refusal[] {
  if (!isErrorCode(code)) return []
  const [status, message, hint] = ERRORS[code]
  return [{ code, status, message, hint }]
}

/** The whole catalogue, by status. */
export const REFUSALS: readonly Refusal[] = Object.keys(ERRORS)
  .flatMap(refusalOf)
  .toSorted((a, b) => a.status - b.status)

/** The nouns with what a search leaves of them: every word is somewhere in an operation, or in the name of its noun. */
export function search(nouns: readonly Noun[], text: string): Noun[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...nouns]
  return nouns
    .map((noun) => {
      const name = `${noun.id} ${noun.title}`.toLowerCase()
      return {
        ...noun,
        operations: noun.operations.filter((one) => words.every((word) => one.words.includes(word) || name.includes(word))),
      }
    })
    .filter(({ operations }) => operations.length > 0)
}
