import { CompletionContext } from '@codemirror/autocomplete'
import { json } from '@codemirror/lang-json'
import { EditorState } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../../../i18n/setup.ts'
import { completeFlow } from './complete.ts'
import { marksOf } from './marks.ts'

const i18n = createI18n('pt-BR')
const complete = completeFlow((id, values) => i18n._(id, values))

/** What is offered at the `|` of a text; null = nothing. */
function offers(text: string, explicit = true): string[] | null {
  const pos = text.indexOf('|')
  const state = EditorState.create({ doc: text.replace('|', ''), extensions: json() })
  return complete(new CompletionContext(state, pos, explicit))?.options.map(({ label }) => label) ?? null
}

const NODES =
  '"a": {"type": "menu", "text": "x", "options": [{"label": "1", "next": "b"}]}, "b": {"type": "ask", "save_as": "cor", "next": "c"}'

describe('suggestions in a flow', () => {
  it.each([
    ['the flow’s own fields, less those that are there', '{"format": 1, "name": "x", |}', ['trigger', 'start', 'nodes']],
    ['fields inside quotes', '{"na|"}', ['format', 'name', 'trigger']],
    ['fields of the node’s type', '{"nodes": {"a": {"type": "wait", "|"}}}', ['minutes', 'next', 'on_answer']],
    ['fields whose type comes later', '{"nodes": {"a": {"|", "type": "set"}}}', ['variable', 'value', 'next']],
    ['fields of a choice', '{"nodes": {"a": {"type": "menu", "options": [{"|"}]}}}', ['label', 'next']],
    ['fields in a text that is cut off', '{"nodes": {"a": {"type": "text", "te', ['text', 'next']],
  ])('are %s', (_, text, expected) => {
    expect(offers(text.includes('|') ? text : `${text}|`)).toEqual(expect.arrayContaining(expected))
  })

  it('never are fields of another type, nor those that are there', () => {
    expect(offers('{"nodes": {"a": {"type": "wait", "minutes": 1, "|"}}}')).toEqual(['next', 'on_answer'])
  })

  it.each([
    ['after the caret', '{"nodes": {"a": {"type": "text", "|"\n "text": "x",\n "next": "b"}}}', null],
    ['further down', '{"nodes": {"a": {"|"\n "text": "x"\n "type": "text"\n}}}', ['next']],
    ['in the flow itself', '{\n "|"\n "format": 1\n "name": "x",\n "start": "a"\n "nodes": {"a": {"type": "end"}}\n}', ['trigger']],
    ['before a key without quotes', '{"nodes": {"a": {"type": "set", ne|\n "value": "x", "variable": "y"}}}', ['next']],
  ])('never are fields that are there, where a comma is missing %s', (_, text, expected) => {
    expect(offers(text)?.slice(0, 1) ?? null).toEqual(expected)
    for (const there of ['"text"', '"type"', '"format"', '"start"', '"value"'].filter((key) => text.includes(`${key}:`)))
      expect(offers(text) ?? []).not.toContain(there.slice(1, -1))
  })

  it.each([
    ['start', `{"start": "|", "nodes": {${NODES}}}`],
    ['next', `{"nodes": {${NODES}, "c": {"type": "text", "text": "x", "next": "|"}}}`],
    ['next without quotes', `{"nodes": {${NODES}, "c": {"type": "text", "text": "x", "next": |}}}`],
    ['the next of a choice', `{"nodes": {${NODES}, "c": {"type": "menu", "options": [{"label": "x", "next": "|"}]}}}`],
    ['on_timeout', `{"nodes": {${NODES}, "c": {"type": "ask", "save_as": "x", "on_timeout": "|"}}}`],
  ])('are the names of nodes for %s', (_, text) => {
    expect(offers(text)).toEqual(expect.arrayContaining(['a', 'b']))
    expect(offers(text)).not.toContain('cor')
  })

  it('are all types of nodes for “type”, whatever is written there', () => {
    const types = ['text', 'menu', 'ask', 'condition', 'set', 'wait', 'handover', 'end']
    expect(offers('{"nodes": {"a": {"type": "|"}}}')).toEqual(types)
    expect(offers('{"nodes": {"a": {"type": "me|nu"}}}')).toEqual(types)
    expect(offers('{"nodes": {"a": |}}')).toEqual(types)
  })

  it('are operators, variables, and nodes that are still missing', () => {
    expect(offers('{"nodes": {"a": {"type": "condition", "cases": [{"operator": "|"}]}}}')).toContain('starts_with')
    expect(offers(`{"nodes": {${NODES}, "d": {"type": "condition", "variable": "|"}}}`)).toEqual(['answer', 'phone', 'push_name', 'cor'])
    expect(offers(`{"nodes": {${NODES}, "d": {"type": "text", "text": "Oi {{|"}}}`)).toContain('cor')
    expect(offers(`{"nodes": {${NODES}, "|"}}`)).toEqual(['c'])
  })

  it('find what WhatsApp knows by what people call it, and say what it is', () => {
    const at = (text: string) => {
      const state = EditorState.create({ doc: text.replace('|', ''), extensions: json() })
      const found = complete(new CompletionContext(state, text.indexOf('|'), true))
      return found?.options.map(({ label, displayLabel, detail }) => `${label} ${displayLabel ?? ''} ${detail ?? ''}`.trim())
    }
    const said = (written: string) => `{"nodes": {${NODES}, "d": {"type": "text", "text": "Oi {{${written}|"}}}`
    expect(at(said(''))).toEqual(['answer  última resposta', 'phone  telefone do contato', 'push_name  nome do contato', 'cor'])
    expect(at(said('no'))?.[0]).toBe('nome push_name nome do contato')
    expect(at(said('no'))).not.toContain('push_name  nome do contato')
    expect(at(said('tele'))?.[0]).toBe('telefone phone telefone do contato')
  })

  it.each([
    ['in a text', '{"name": "pad|aria"}'],
    ['outside of everything', '{}|'],
    ['in a field that does not exist', '{"nodes": {"a": {"type": "text", "nope": "|"}}}'],
  ])('are not made %s', (_, text) => expect(offers(text)).toBeNull())

  it('come unasked only where something is begun', () => {
    expect(offers('{|}', false)).toBeNull()
    expect(offers('{"|"}', false)).not.toBeNull()
    expect(offers('{fo|}', false)).not.toBeNull()
  })
})

describe('marks in the text', () => {
  const state = EditorState.create({ doc: '{\n  "start": "nada",\n  "nodes": {"b": {\n}}\n}', extensions: json() })
  const at = (offset: number) => {
    const [mark] = marksOf(state, [{ path: '', text: 'x', line: 1, offset }], [])
    return state.sliceDoc(mark?.from, mark?.to)
  }
  it('are under a value, or under the name of what goes over lines', () => {
    expect(at(state.doc.toString().indexOf('"nada"'))).toBe('"nada"')
    expect(at(state.doc.toString().indexOf('{\n}}'))).toBe('"b"')
  })
  it('never are outside of the text', () => {
    expect(at(state.doc.length)).toBe('}')
    expect(marksOf(EditorState.create({ doc: '', extensions: json() }), [{ path: '', text: 'x', line: 1, offset: 0 }], [])).toMatchObject([
      { from: 0, to: 0 },
    ])
  })
})
