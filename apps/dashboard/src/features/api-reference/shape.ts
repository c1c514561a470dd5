import type { JsonSchema } from './document.ts'

/** A JSON schema as people read it. What is inside is looked at when it is opened: schemas hold each other. */
export type Shape = {
  /** `string`, `uuid`, `Message[]`, `{ [name]: FlowNode }`, … */
  type: string
  nullable: boolean
  text: string | undefined
  /** The words that it may be. */
  choices: string[]
  limits: Limit[]
  fields: Field[]
  /** One of several: each by what tells it apart. */
  variants: { label: string; schema: JsonSchema }[]
}
export type Field = { name: string; required: boolean; schema: JsonSchema }
export type Limit =
  | { kind: 'length' | 'items' | 'value'; from: number | undefined; to: number | undefined }
  | { kind: 'default' | 'pattern'; is: string }
  | { kind: 'filled' }

type Schemas = Readonly<Record<string, JsonSchema>>

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
const list = (value: unknown): JsonSchema[] => (Array.isArray(value) ? value.filter(isSchema) : [])
const nameOf = (schema: JsonSchema): string | undefined =>
  typeof schema['$ref'] === 'string' ? schema['$ref'].slice(schema['$ref'].lastIndexOf('/') + 1) : undefined

export function shapeOf(schema: JsonSchema, schemas: Schemas): Shape {
  const { it, name, nullable } = plain(schema, schemas)
  const variants = list(it['oneOf'] ?? it['anyOf']).filter((one) => one['type'] !== 'null')
  const shape: Shape = {
    type: name ?? typeName(it, schemas),
    nullable,
    text: [schema['description'], it['description']].find((one) => typeof one === 'string'),
    choices: choicesOf(it),
    limits: limitsOf(it),
    fields: [],
    variants: [],
  }
  if (variants.length > 0) return { ...shape, variants: variants.map((one) => ({ label: labelOf(one, schemas), schema: one })) }
  const inner = it['type'] === 'array' && isSchema(it['items']) ? it['items'] : undefined
  if (inner !== undefined) {
    const { fields, variants: each, choices } = shapeOf(inner, schemas)
    return { ...shape, fields, variants: each, choices }
  }
  return { ...shape, fields: fieldsOf(it) }
}

/** Past its name, and past "or null". */
function plain(schema: JsonSchema, schemas: Schemas): { it: JsonSchema; name: string | undefined; nullable: boolean } {
  const ref = nameOf(schema)
  if (ref !== undefined) return { ...plain(schemas[ref] ?? {}, schemas), name: ref }
  const variants = list(schema['anyOf'] ?? schema['oneOf'])
  const others = variants.filter((one) => one['type'] !== 'null')
  if (others.length === 1 && others.length < variants.length) return { ...plain(others[0]!, schemas), nullable: true }
  if (Array.isArray(schema['type'])) {
    const types = schema['type'].filter((one) => one !== 'null')
    return { it: { ...schema, type: types[0] }, name: undefined, nullable: types.length < schema['type'].length }
  }
  return { it: schema, name: undefined, nullable: others.length < variants.length }
}

function fieldsOf(it: JsonSchema): Field[] {
  const required = Array.isArray(it['required']) ? it['required'] : []
  const named = isSchema(it['properties'])
    ? Object.entries(it['properties']).map(([name, one]) => ({ name, required: required.includes(name), schema: isSchema(one) ? one : {} }))
    : []
  const others = it['additionalProperties']
  return isSchema(others) && Object.keys(others).length > 0 ? [...named, { name: '*', required: false, schema: others }] : named
}

function typeName(it: JsonSchema, schemas: Schemas): string {
  if (it['const'] !== undefined) return JSON.stringify(it['const'])
  const { type, format, items } = it
  if (type === 'array') {
    const each = isSchema(items) ? shapeOf(items, schemas) : undefined
    return each === undefined ? 'array' : `${each.nullable ? `(${each.type} | null)` : each.type}[]`
  }
  if (type === 'string' && typeof format === 'string') return format
  if (typeof type === 'string') return type
  return it['oneOf'] !== undefined || it['anyOf'] !== undefined ? 'object' : isSchema(it['properties']) ? 'object' : 'any'
}

const textOf = (word: unknown): string => (typeof word === 'string' ? word : JSON.stringify(word))
const choicesOf = ({ enum: words }: JsonSchema): string[] => (Array.isArray(words) ? words.filter((word) => word !== null).map(textOf) : [])

/** What zod writes for any whole number says nothing. */
const bound = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined

function limitsOf(it: JsonSchema): Limit[] {
  const above = it['type'] === 'integer' ? bound(it['exclusiveMinimum']) : undefined
  const ranges = [
    { kind: 'length', from: bound(it['minLength']), to: bound(it['maxLength']) },
    { kind: 'items', from: bound(it['minItems']), to: bound(it['maxItems']) },
    { kind: 'value', from: bound(it['minimum']) ?? (above === undefined ? undefined : above + 1), to: bound(it['maximum']) },
  ] as const
  return [
    ...ranges.filter(({ from, to }) => from !== undefined || to !== undefined),
    ...(it['default'] === undefined ? [] : [{ kind: 'default', is: JSON.stringify(it['default']) } as const]),
    ...patternOf(it),
  ]
}

/** Of a text that is not to be blank: words say it better. */
const FILLED = String.raw`[^\s\p{Default_Ignorable_Code_Point}]`

/** A pattern beside a format only says the format once more. */
function patternOf({ pattern, format }: JsonSchema): Limit[] {
  if (typeof pattern !== 'string' || format !== undefined) return []
  return [pattern === FILLED ? { kind: 'filled' } : { kind: 'pattern', is: pattern }]
}

/** What tells a variant apart: the one word that its `type`, `kind` or first fixed field may be. */
function labelOf(schema: JsonSchema, schemas: Schemas): string {
  const { it, name } = plain(schema, schemas)
  const properties = isSchema(it['properties']) ? Object.entries(it['properties']) : []
  for (const [key, one] of properties) {
    if (!isSchema(one)) continue
    const words = one['const'] === undefined ? (['type', 'kind'].includes(key) ? choicesOf(one) : []) : [textOf(one['const'])]
    if (words.length > 0) return `${key}: ${words.join(' | ')}`
  }
  return name ?? (properties.length === 0 ? typeName(it, schemas) : properties.map(([key]) => key).join(', '))
}
