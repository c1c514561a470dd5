import { Flow, NodeId, VariableName } from '@zaptria/contract'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { z } from 'zod'
import { keyOf, memberOf, stringOf, writtenIn } from './json-tree.ts'

export type Schema = z.core.JSONSchema.BaseSchema

/** What may be written in a flow, as JSON Schema: the contract's own, so that the editor knows of every new field. */
export const FLOW_SCHEMA: Schema = z.toJSONSchema(Flow, { io: 'input' })

const NODE_ID = z.toJSONSchema(NodeId).pattern
const VARIABLE = z.toJSONSchema(VariableName).pattern

/** A string that names a node. */
export const namesNode = (schema: Schema): boolean => schema.type === 'string' && schema.pattern === NODE_ID
export const namesVariable = (schema: Schema): boolean => schema.type === 'string' && schema.pattern === VARIABLE

const asSchema = (value: unknown): Schema[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Schema] : []

/** The schema itself, or the branches of its union. */
export function branches(schema: Schema): Schema[] {
  const union = schema.oneOf ?? schema.anyOf
  return union === undefined ? [schema] : union.flatMap(branches)
}

export const propertiesOf = (schema: Schema): [string, Schema][] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, value]) => asSchema(value).map((each): [string, Schema] => [key, each]))

/** Every name that a field of a flow has anywhere. */
export function fieldNames(schema: Schema = FLOW_SCHEMA): string[] {
  const deeper = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...asSchema(schema.items), ...asSchema(schema.additionalProperties)]
  const own = propertiesOf(schema)
  return [...new Set([...own.map(([key]) => key), ...[...own.map(([, each]) => each), ...deeper].flatMap((each) => fieldNames(each))])]
}

/** Schemas that a value inside `container` may follow: of the property `key`, or of an array's items. Empty where nothing is known. */
export function schemasInside(state: EditorState, container: SyntaxNode, key: string | null): Schema[] {
  return schemasOf(state, container, key !== 'type').flatMap((schema) => {
    if (container.name === 'Array') return asSchema(schema.items)
    if (key === null) return []
    return asSchema(propertiesOf(schema).find(([name]) => name === key)?.[1] ?? schema.additionalProperties)
  })
}

/** Schemas that `container` itself may follow: of a union, the branches that its `type` leaves, where that is to be heeded. */
export function schemasOf(state: EditorState, container: SyntaxNode, heedType = true): Schema[] {
  const around = container.parent
  const found =
    around?.name === 'Property' && around.parent !== null
      ? schemasInside(state, around.parent, keyOf(state, around))
      : around?.name === 'Array'
        ? schemasInside(state, around, null)
        : [FLOW_SCHEMA]
  const all = found.flatMap(branches)
  if (all.length < 2 || !heedType) return all
  const type = stringOf(state, memberOf(state, container, 'type')) ?? writtenIn(state, container).find(({ key }) => key === 'type')?.text
  const same = all.filter((schema) => asSchema(schema.properties?.['type']).some((each) => each.const === type))
  return same.length > 0 ? same : all
}
