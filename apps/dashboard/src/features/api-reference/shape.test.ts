import { describe, expect, it } from 'vitest'
import { shapeOf } from './shape.ts'
import type { JsonSchema } from './document.ts'

const SCHEMAS: Record<string, JsonSchema> = {
  Message: {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string', format: 'uuid' }, answer: { $ref: '#/components/schemas/Message' } },
  },
}
const look = (schema: JsonSchema) => {
  const { type, nullable, choices, limits, fields, variants } = shapeOf(schema, SCHEMAS)
  return {
    type: nullable ? `${type} | null` : type,
    ...(choices.length > 0 ? { choices } : {}),
    ...(limits.length > 0 ? { limits } : {}),
    ...(fields.length > 0 ? { fields: fields.map(({ name, required }) => (required ? `${name}!` : name)) } : {}),
    ...(variants.length > 0 ? { variants: variants.map(({ label }) => label) } : {}),
  }
}

describe('a schema, as people read it', () => {
  it.each<[string, JsonSchema, object]>([
    ['a word of several', { type: 'string', enum: ['paid', 'cancelled'] }, { type: 'string', choices: ['paid', 'cancelled'] }],
    ['a word or nothing', { anyOf: [{ type: 'string' }, { type: 'null' }] }, { type: 'string | null' }],
    [
      'a text with limits',
      { type: 'string', minLength: 1, maxLength: 200, default: 'oi' },
      {
        type: 'string',
        limits: [
          { kind: 'length', from: 1, to: 200 },
          { kind: 'default', is: '"oi"' },
        ],
      },
    ],
    [
      'a text that is not to be blank',
      { type: 'string', pattern: String.raw`[^\s\p{Default_Ignorable_Code_Point}]` },
      { type: 'string', limits: [{ kind: 'filled' }] },
    ],
    ['any whole number', { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }, { type: 'integer' }],
    [
      'a number above nothing',
      { type: 'integer', exclusiveMinimum: 0 },
      { type: 'integer', limits: [{ kind: 'value', from: 1, to: undefined }] },
    ],
    ['one by its name', { $ref: '#/components/schemas/Message' }, { type: 'Message', fields: ['id!', 'answer'] }],
    [
      'one by its name, or nothing',
      { anyOf: [{ $ref: '#/components/schemas/Message' }, { type: 'null' }] },
      { type: 'Message | null', fields: ['id!', 'answer'] },
    ],
    ['a list', { type: 'array', items: { $ref: '#/components/schemas/Message' } }, { type: 'Message[]', fields: ['id!', 'answer'] }],
    ['a map', { type: 'object', additionalProperties: { type: 'string' } }, { type: 'object', fields: ['*'] }],
    [
      'one of several, told apart',
      {
        oneOf: [
          { type: 'object', properties: { type: { type: 'string', const: 'text' } } },
          { type: 'object', properties: { type: { type: 'string', enum: ['audio', 'sticker'] } } },
          { type: 'object', properties: { vcard: { type: 'string' } } },
        ],
      },
      { type: 'object', variants: ['type: text', 'type: audio | sticker', 'vcard'] },
    ],
  ])('%s', (_, schema, seen) => expect(look(schema)).toEqual(seen))
})
