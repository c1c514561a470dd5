import { ERRORS } from '@zaptria/contract'
import { samplesOf } from './code.ts'
import type { Call } from './code.ts'
import { errorsOf } from './errors.ts'
import type { Asked } from './errors.ts'
import { exampleOf } from './example.ts'
import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { answersAt, BODIES, HEADERS, PATH_VALUES, QUERIES, UPLOADS } from './samples.ts'

type Parameter = { name: string; in: string; required?: boolean; example?: Json }

/**
 * Adds what readers need to a tidied document: the address, every operation's errors by status, an example of each body and answer, and each
 * request in three languages (`x-codeSamples`, as other tools read it too). `origin` is the installation's address.
 */
export function addReference(document: JsonObject, origin: string): void {
  document['servers'] = [{ url: origin }]
  const schemas = (document['components'] as { schemas?: JsonObject }).schemas ?? {}
  for (const [path, item] of Object.entries(document['paths'] as JsonObject))
    for (const [method, operation] of Object.entries(item as { [method: string]: JsonObject }))
      addToOperation({ path, method: method.toUpperCase(), operation, schemas, origin })
}

type Place = { path: string; method: string; operation: JsonObject; schemas: JsonObject; origin: string }

function addToOperation({ path, method, operation, schemas, origin }: Place): void {
  const operationId = operation['operationId'] as string
  const [tag = ''] = (operation['tags'] as string[] | undefined) ?? []
  if (tag === 'session') operation['security'] ??= [{ session: [] }]
  const by = whoAsks(operation)
  const parameters = (operation['parameters'] as Parameter[] | undefined) ?? []
  const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
  const inQuery = parameters.filter((one) => one.in === 'query').map(({ name }) => name)
  const idempotent = parameters.some(({ name }) => name === 'Idempotency-Key')
  for (const one of parameters) {
    const value = PATH_VALUES[one.name]
    if (one.in === 'path' && value !== undefined) one.example = value
  }

  const body = bodyOf(operation, operationId, tag, schemas)
  const file = (UPLOADS as Readonly<Record<string, Call['file']>>)[operationId]
  const headers = HEADERS[operationId]
  addErrors(operation, {
    operationId,
    pathParameters: inPath,
    checked: operation['requestBody'] !== undefined || inQuery.length > 0,
    idempotent,
    by,
  })
  operation['x-codeSamples'] = samplesOf({
    method,
    url: origin + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PATH_VALUES[name] ?? name),
    origin,
    query: QUERIES[operationId] ?? (inQuery.includes('cursor') ? { limit: 50 } : {}),
    by,
    idempotent,
    ...(body === undefined ? {} : { body }),
    ...(file === undefined ? {} : { file }),
    ...(headers === undefined ? {} : { headers }),
    answer: answerOf(operation, tag, schemas, answersAt(origin)[operationId] ?? {}),
  })
}

function whoAsks(operation: JsonObject): Call['by'] {
  const security = operation['security'] as JsonObject[] | undefined
  if (security === undefined) return 'apiKey'
  const [first] = security.flatMap((one) => Object.keys(one))
  return first === 'session' || first === 'botToken' || first === 'apiKey' ? first : 'none'
}

const contentOf = (holder: Json | undefined): { [type: string]: JsonObject } | undefined =>
  isObject(holder) ? (holder['content'] as { [type: string]: JsonObject } | undefined) : undefined

/** The body's example, which is also put where OpenAPI has it. */
function bodyOf(operation: JsonObject, operationId: string, tag: string, schemas: JsonObject): Json | undefined {
  const json = contentOf(operation['requestBody'])?.['application/json']
  if (json === undefined) return undefined
  return (json['example'] = BODIES[operationId] ?? exampleOf(json['schema'], schemas, tag))
}

/** How the answer of an operation is read; one in JSON gets its example. */
function answerOf(operation: JsonObject, tag: string, schemas: JsonObject, particular: JsonObject): Call['answer'] {
  const answer = Object.entries(operation['responses'] as JsonObject).find(([status]) => /^2\d\d$/.test(status))?.[1]
  const content = contentOf(answer)
  if (content === undefined) return 'nothing'
  const json = content['application/json']
  if (json === undefined) return content['text/event-stream'] === undefined ? 'file' : 'stream'
  const example = exampleOf(json['schema'], schemas, tag)
  json['example'] = isObject(example) ? { ...example, ...particular } : example
  return 'json'
}

/** Each status of a refusal, with its codes in words and, for programs, in `x-codes`. */
function addErrors(operation: JsonObject, asked: Asked): void {
  const responses = operation['responses'] as JsonObject
  const problem = contentOf(responses['default'])
  for (const [status, codes] of errorsOf(asked)) {
    responses[String(status)] = {
      description: codes.map((code) => `\`${code}\`: ${ERRORS[code][1]} ${ERRORS[code][2]}`).join('\n\n'),
      'x-codes': [...codes],
      ...(problem === undefined ? {} : { content: structuredClone(problem) }),
    }
  }
}
