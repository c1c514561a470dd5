import { snippet, startCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import type { EditorState } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { textOf, type Translate } from '../../../i18n/use-t.ts'
import { kindName } from '../kind.ts'
import { fieldHelp } from './field-help.ts'
import { writtenIn } from './json-tree.ts'
import { danglingNames, knownNodes, knownVariables } from './names.ts'
import { placeAt, type Place } from './place.ts'
import { branches, namesNode, namesVariable, propertiesOf, schemasInside, schemasOf, type Schema } from './schema.ts'
import { template } from './template.ts'

/**
 * Offers what the contract's schema lets stand at the caret: keys, values, names of nodes and of variables.
 * Our own: the ready libraries bring a validator and a Markdown renderer of several hundred kilobytes, and know nothing of our names.
 */
export function completeFlow(t: Translate): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const inText = variableInText(state, pos, t)
    if (inText !== null) return inText
    const place = placeAt(state, pos)
    // Unasked only where something was begun: an offer after every space or line would be in the way.
    if (place === null || (!explicit && pos === place.from && !isQuoted(state, place.from))) return null
    const options = place.kind === 'key' ? keys(state, place, t) : values(state, place, t)
    return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w-]*$/ }
  }
}

const isQuoted = (state: EditorState, at: number): boolean => state.sliceDoc(at - 1, at) === '"'

function keys(state: EditorState, { container, to }: Place, t: Translate): Completion[] {
  const there = new Set(writtenIn(state, container).flatMap(({ key, ...at }) => (at.from <= to && to <= at.to ? [] : [key])))
  const all = schemasOf(state, container)
  const fields = new Map(all.flatMap(propertiesOf))
  const offered = [...fields].map(([key, schema]): Completion => {
    const required = all.every((each) => each.required?.includes(key) === true)
    return {
      label: key,
      type: 'property',
      boost: required ? 1 : 0,
      ...(required ? { detail: t('flow.editor.required') } : {}),
      ...help(key, t),
      apply: writeKey(key, schema),
    }
  })
  const free = all.some(({ additionalProperties }) => typeof additionalProperties === 'object')
  const missing = free ? danglingNames(state).map((label): Completion => ({ label, type: 'constant', apply: writeKey(label, {}) })) : []
  return [...offered, ...missing].filter(({ label }) => !there.has(label))
}

function values(state: EditorState, { container, key }: Place, t: Translate): Completion[] {
  const schemas = schemasInside(state, container, key).flatMap(branches)
  const offered = schemas.flatMap((schema): Completion[] => {
    if (namesNode(schema)) {
      return knownNodes(state).map(({ name, type, text }) => ({
        label: name,
        type: 'constant',
        detail: kindName(type, t),
        info: text,
        apply: writeValue(`"${name}"`),
      }))
    }
    if (namesVariable(schema)) return knownVariables(state).map((label) => ({ ...variable(label, t), apply: writeValue(`"${label}"`) }))
    if (schema.type === 'object') return [objectOf(schema, t)]
    const fixed = schema.const === undefined ? (schema.enum ?? (schema.type === 'null' ? [null] : [])) : [schema.const]
    return fixed.map((value) => ({ label: String(value), type: 'enum', apply: writeValue(JSON.stringify(value)) }))
  })
  const seen = new Set<string>()
  const once = offered.filter(({ label }) => !seen.has(label) && seen.add(label))
  return key === 'type' ? once.map((each) => ({ ...each, detail: kindName(each.label, t) })) : once
}

/** A whole object, ready to fill in: `{ text }` for a node of type text. */
function objectOf(schema: Schema, t: Translate): Completion {
  const type = propertiesOf(schema).find(([key]) => key === 'type')?.[1].const
  const label = type === undefined ? '{ }' : String(type)
  return { label, type: 'class', detail: kindName(label, t), apply: writeValue(template(schema)) }
}

/** With what it holds, where it is one that every flow has. */
function variable(label: string, t: Translate): Completion {
  const detail = textOf(t, `flow.variable.${label}`)
  return { label, type: 'variable', ...(detail === null ? {} : { detail }) }
}

/** As people call what every flow has, when they begin to write that. */
const CALLED = { nome: 'push_name', name: 'push_name', telefone: 'phone', resposta: 'answer' } as const

/** Names of variables behind `{{` in any text. */
function variableInText(state: EditorState, pos: number, t: Translate): CompletionResult | null {
  const { from, text } = state.doc.lineAt(pos)
  const name = /\{\{\s*(\w*)$/.exec(text.slice(0, pos - from))?.[1]
  if (name === undefined) return null
  const apply = (label: string) => (view: EditorView, _: Completion, start: number, end: number) => {
    const close = view.state.sliceDoc(end, end + 2) === '}}' ? '' : '}}'
    const insert = label + close
    view.dispatch({
      changes: { from: start, to: end, insert },
      selection: { anchor: start + label.length + 2 },
      userEvent: 'input.complete',
    })
  }
  const known = knownVariables(state).map((label): Completion => ({ ...variable(label, t), apply: apply(label) }))
  const called = Object.entries(CALLED)
    .filter(([word]) => name.length > 1 && word.startsWith(name.toLowerCase()) && !known.some(({ label }) => label === word))
    .map(([word, label]): Completion => ({ ...variable(label, t), label: word, displayLabel: label, apply: apply(label) }))
  // Asked anew with each letter: what it is called is offered only once that is begun.
  return {
    from: pos - name.length,
    options: [...called, ...known.filter(({ label }) => !called.some((each) => each.displayLabel === label))],
  }
}

function help(name: string, t: Translate): { info: string } | Record<string, never> {
  const info = fieldHelp(name, t)
  return info === null ? {} : { info }
}

/** The whole word that is written there, with what stands behind the caret, and its quotes, so that none is doubled. */
function wordAround(state: EditorState, from: number, to: number): [from: number, to: number] {
  const open = isQuoted(state, from)
  const end = to + (/^[\w-]*/.exec(state.sliceDoc(to, to + 100))?.[0].length ?? 0)
  return [open ? from - 1 : from, open && state.sliceDoc(end, end + 1) === '"' ? end + 1 : end]
}

function writeValue(text: string) {
  return (view: EditorView, completion: Completion, from: number, to: number) => {
    const [start, end] = wordAround(view.state, from, to)
    snippet(text)(view, completion, start, end)
  }
}

/** The key and a value to begin with; a comma where more follows. Before a colon that is there only the key. */
function writeKey(key: string, schema: Schema) {
  return (view: EditorView, completion: Completion, from: number, to: number) => {
    const [start, end] = wordAround(view.state, from, to)
    const after = view.state.sliceDoc(end, end + 200).trimStart()
    if (after.startsWith(':')) {
      snippet(`"${key}"`)(view, completion, start, end)
      return
    }
    const value = Object.keys(schema).length === 0 ? '${1}' : template(schema)
    snippet(`"${key}": ${value}${after.startsWith('"') ? ',' : ''}`)(view, completion, start, end)
    const choice = branches(schema).some(
      (each) => namesNode(each) || namesVariable(each) || each.enum !== undefined || each.type === 'object',
    )
    if (choice) startCompletion(view)
  }
}
