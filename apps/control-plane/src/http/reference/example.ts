import { isObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { BY_NAME, ID_OF, NULLS, NUMBERS, SAMPLE_TIME } from './samples.ts'

/** Schemas hold each other; deeper than this nobody reads. */
const MAX_DEPTH = 8

/**
 * A value that a schema allows, as a person would write it: by the field's name where the samples know it, else the simplest there is.
 * `owner` says whose field it is: an operation's tag, or the name of the object that holds it.
 */
export function exampleOf(schema: Json | undefined, schemas: JsonObject, owner: string, name = '', depth = 0): Json {
  const it = resolve(schema, schemas)
  if (it === null || depth > MAX_DEPTH) return null
  const variants = variantsOf(it)
  if (variants !== null) {
    const allowsNull = variants.some((one) => one['type'] === 'null')
    if (allowsNull && NULLS.has(name)) return null
    const first = variants.find((one) => one['type'] !== 'null')
    return exampleOf(first ?? null, schemas, owner, name, depth + 1)
  }
  if (it['const'] !== undefined) return it['const']
  const samples = name === 'id' ? [ID_OF[owner]] : [ID_OF[name], BY_NAME[name], NUMBERS[name]]
  const sample = samples.find((one): one is Json => one !== undefined && fits(one, it))
  if (sample !== undefined) return sample
  if (Array.isArray(it['enum'])) return it['enum'][0] ?? null
  if (it['default'] !== undefined) return it['default']
  return made(it, schemas, owner, name, depth)
}

function made(it: JsonObject, schemas: JsonObject, owner: string, name: string, depth: number): Json {
  switch (typeOf(it)) {
    case 'object': {
      const properties = isObject(it['properties']) ? it['properties'] : {}
      // Inside an object of its own a name means that object.
      const holder = name === '' || name === 'items' ? owner : name
      return Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, exampleOf(one, schemas, holder, key, depth + 1)]))
    }
    case 'array':
      return [exampleOf(it['items'], schemas, owner, name === '' ? 'items' : name, depth + 1)]
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return least(it)
    case 'string':
      return text(it, owner, name)
    default:
      return null
  }
}

/** Of any whole number at all the least is no example. */
function least({ minimum, exclusiveMinimum }: JsonObject): number {
  if (typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER) return minimum
  return typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 0
}

function text(it: JsonObject, owner: string, name: string): string {
  if (it['format'] === 'date-time') return SAMPLE_TIME
  if (it['format'] === 'uuid') return ID_OF[owner] ?? ID_OF['tenants']!
  return name === 'id' ? '4207' : '…'
}

export function resolve(schema: Json | undefined, schemas: JsonObject): JsonObject | null {
  if (!isObject(schema)) return null
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].replace('#/components/schemas/', '') : undefined
  return name === undefined ? schema : resolve(schemas[name], schemas)
}

const variantsOf = (it: JsonObject): JsonObject[] | null => {
  const list = it['anyOf'] ?? it['oneOf']
  return Array.isArray(list) ? list.filter(isObject) : null
}

function typeOf({ type, properties }: JsonObject): string {
  const one = Array.isArray(type) ? type.find((each) => each !== 'null') : type
  return typeof one === 'string' ? one : isObject(properties) ? 'object' : ''
}

/** Whether a sample could stand there: its kind, its choice of words. Formats are the samples' own business: the test reads every example. */
function fits(sample: Json, it: JsonObject): boolean {
  if (Array.isArray(it['enum'])) return it['enum'].includes(sample)
  const type = typeOf(it)
  if (Array.isArray(sample)) return type === 'array' && (sample.length === 0 || !isObject(it['items']) || fits(sample[0]!, it['items']))
  if (type === 'integer' || type === 'number') return typeof sample === 'number'
  if (type === 'string')
    return typeof sample === 'string' && it['format'] !== 'date-time' && (it['format'] !== 'uuid' || /^[0-9a-f-]{36}$/.test(sample))
  return typeof sample === type
}
