import { SAMPLE_FLOW } from '@zaptria/core'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../../../i18n/setup.ts'
import { readGraph } from './graph.ts'
import { layOut, shapeOf } from './layout.ts'

const i18n = createI18n('pt-BR')
const told = { t: (id: string, values?: Record<string, string | number>) => i18n._(id, values), language: 'pt-BR', issues: [] } as const
const read = (nodes: unknown, more: object = {}) => readGraph({ start: 'a', trigger: { type: 'any' }, nodes, ...more }, told)
const labels = (nodes: unknown) => read(nodes)?.edges.map(({ to, label, usual }) => [to, label, usual])

describe('a flow as a graph', () => {
  it.each([
    [
      'a wait',
      { type: 'wait', minutes: 120, next: 'b', on_answer: 'c' },
      [
        ['b', 'após 2 h', true],
        ['c', 'se responder', false],
      ],
    ],
    [
      'a menu',
      { type: 'menu', text: 'x', options: [{ label: 'Pão', next: 'b' }], on_invalid: 'c', timeout_minutes: 10, on_timeout: 'd' },
      [
        ['b', '1. Pão', true],
        ['c', 'não entendeu', false],
        ['d', 'sem resposta em 10 min', false],
      ],
    ],
    [
      'a condition',
      { type: 'condition', cases: [{ operator: 'contains', value: 'sim', next: 'b' }], otherwise: 'c' },
      [
        ['b', 'contém “sim”', true],
        ['c', 'senão', false],
      ],
    ],
    ['what is half written', { type: 'menu', text: '', options: [{ next: 'b' }, null, 'x'], next: 5 }, [['b', '1. ', true]]],
  ])('has the ways on from %s', (_, node, expected) => {
    expect(labels({ a: node })).toEqual(expected)
  })

  it('tells what begins it', () => {
    expect(read({ a: { type: 'end' } })?.trigger).toBe('qualquer mensagem')
    expect(read({ a: { type: 'end' } }, { trigger: { type: 'keyword', operator: 'equals', values: ['oi', 'olá'] } })?.trigger).toBe(
      'igual a “oi · olá”',
    )
  })

  it('knows what nothing leads to, and what is led to but not there', () => {
    const graph = read({ a: { type: 'text', text: 'x', next: 'gone' }, b: { type: 'end' }, constructor: { type: 'end' } })
    expect(graph?.nodes.map(({ id, unreachable, missing }) => [id, unreachable, missing])).toEqual([
      ['a', false, false],
      ['b', true, false],
      ['constructor', true, false],
      ['gone', false, true],
    ])
  })

  it.each([[null], ['x'], [[]], [{}], [{ nodes: [] }], [{ nodes: {} }]])('is none for %j', (json) =>
    expect(readGraph(json, told)).toBeNull(),
  )
})

describe('the layout of a graph', () => {
  it('puts every node of the sample somewhere of its own, and every line between them', () => {
    const graph = readGraph(SAMPLE_FLOW, told)
    if (graph === null) throw new Error('the sample should be drawn')
    const { nodes, edges } = layOut(shapeOf(graph))
    expect(new Set([...nodes.values()].map(({ x, y }) => `${x}:${y}`)).size).toBe(graph.nodes.length + 1)
    expect(graph.edges.filter(({ id }) => (edges.get(id)?.points.length ?? 0) < 2)).toEqual([])
    expect(nodes.get('saudacao')?.y).toBeLessThan(nodes.get('menu')?.y ?? 0)
  })

  it('is not troubled by a node that leads to itself, twice to the same, or to nothing', () => {
    const graph = read({
      a: {
        type: 'menu',
        text: 'x',
        options: [
          { label: '1', next: 'a' },
          { label: '2', next: 'b' },
          { label: '3', next: 'b' },
        ],
      },
    })
    if (graph === null) throw new Error('should be drawn')
    expect([...layOut(shapeOf(graph)).edges.values()].every(({ points }) => points.length > 1)).toBe(true)
  })
})
