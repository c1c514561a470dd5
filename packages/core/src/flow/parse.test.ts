import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFlow } from './parse.ts'
import { SAMPLE_FLOW } from './sample.ts'

const flow = (nodes: Record<string, unknown>, more: object = {}): unknown => ({
  format: 1,
  name: 'Test',
  trigger: { type: 'any' },
  start: 'a',
  nodes,
  ...more,
})
const issuesOf = (json: unknown): string[] => {
  const parsed = parseFlow(json)
  return parsed.ok ? [] : parsed.issues.map((issue) => `${issue.path}: ${issue.message}`)
}
const text = (next?: string): object => ({ type: 'text', text: 'x', ...(next === undefined ? {} : { next }) })

describe('a flow document', () => {
  it.each<[what: string, json: unknown, issue: string]>([
    ['is not an object', 'x', ': Invalid input'],
    ['has an unknown key', flow({ a: text() }, { colour: 'red' }), ': Unrecognized key'],
    ['has a node of an unknown type', flow({ a: { type: 'dance' } }), 'nodes.a.type: '],
    ['has a bad node name', flow({ A: text() }), 'nodes.A: '],
    ['says nothing but blanks', flow({ a: { type: 'text', text: ' \n' } }), 'nodes.a.text: must not be blank'],
    [
      'answers to a blank',
      flow({ a: text() }, { trigger: { type: 'keyword', operator: 'contains', values: [' '] } }),
      'trigger.values.0: must not',
    ],
    ['starts nowhere', flow({ b: text() }), 'start: there is no node "a"'],
    ['has a dangling next', flow({ a: text('b') }), 'nodes.a.next: there is no node "b"'],
    [
      'has a dangling option',
      flow({
        a: {
          type: 'menu',
          text: 'x',
          options: [
            { label: 'one', next: 'a' },
            { label: 'two', next: 'gone' },
          ],
        },
      }),
      'nodes.a.options.1.next: there is no node "gone"',
    ],
    [
      'has a dangling on_invalid',
      flow({ a: { type: 'menu', text: 'x', options: [{ label: 'one', next: 'a' }], on_invalid: 'gone' } }),
      'nodes.a.on_invalid: there is no node "gone"',
    ],
    [
      'has a dangling case and otherwise',
      flow({ a: { type: 'condition', cases: [{ operator: 'equals', value: 'x', next: 'b' }], otherwise: 'c' } }),
      'nodes.a.cases.0.next: there is no node "b"',
    ],
    ['points at a property that every object has', flow({ a: text('constructor') }), 'nodes.a.next: there is no node "constructor"'],
    [
      'has a bad regex in a case',
      flow({ a: { type: 'condition', cases: [{ operator: 'regex', value: '(a+)+', next: 'b' }] }, b: text() }),
      'nodes.a.cases.0.value: a quantifier inside a quantified group',
    ],
    [
      'has a bad regex in its trigger',
      flow({ a: text() }, { trigger: { type: 'keyword', operator: 'regex', values: ['ok', '['] } }),
      'trigger.values.1: Invalid regular expression',
    ],
    ['goes in a circle without waiting', flow({ a: text('b'), b: text('a') }), 'nodes.b.next: a circle back to "a"'],
    ['goes from a node to itself', flow({ a: text('a') }), 'nodes.a.next: a circle back to "a"'],
    ['waits for no time', flow({ a: { type: 'wait', minutes: 0, next: 'a' } }), 'nodes.a.minutes: '],
    ['waits longer than a year', flow({ a: { type: 'wait', minutes: 525_601, next: 'a' } }), 'nodes.a.minutes: '],
    ['waits for nothing', flow({ a: { type: 'wait', minutes: 1 } }), 'nodes.a.next: '],
    ['waits and goes nowhere', flow({ a: { type: 'wait', minutes: 1, next: 'b' } }), 'nodes.a.next: there is no node "b"'],
    [
      'has a dangling on_answer',
      flow({ a: { type: 'wait', minutes: 1, next: 'a', on_answer: 'b' } }),
      'nodes.a.on_answer: there is no node "b"',
    ],
    [
      'has a dangling on_timeout',
      flow({ a: { type: 'ask', save_as: 'x', timeout_minutes: 1, on_timeout: 'b' } }),
      'nodes.a.on_timeout: there is no node "b"',
    ],
    [
      'says where to after a time, and not after which',
      flow({ a: { type: 'menu', text: 'x', options: [{ label: 'y', next: 'a' }], on_timeout: 'a' } }),
      'nodes.a.on_timeout: "on_timeout" needs "timeout_minutes"',
    ],
    ['overwrites the phone', flow({ a: { type: 'ask', save_as: 'phone' } }), 'nodes.a.save_as: "phone" cannot be changed'],
    ['overwrites the name', flow({ a: { type: 'set', variable: 'push_name', value: '' } }), 'nodes.a.variable: "push_name" cannot'],
  ])('that %s is refused, at its place', (_, json, issue) => {
    expect(issuesOf(json)).toContainEqual(expect.stringContaining(issue))
  })

  it('has all its mistakes told at once, and none that it does not have', () => {
    const nodes = { a: text('gone'), b: { type: 'dance', next: 'nowhere' }, c: text('b'), d: text('d'), A: text() }
    const issues = issuesOf(flow(nodes, { start: 'b', colour: 'red', trigger: { type: 'keyword', operator: 'regex', values: ['['] } }))
    expect(new Set(issues.map((issue) => issue.split(': ')[0]))).toEqual(
      new Set(['nodes.A', 'nodes.b.type', '', 'nodes.a.next', 'trigger.values.0']),
    )
    expect(issues).toHaveLength(5)
    expect(issuesOf(flow({ a: text() }, { start: 7 }))).toEqual([expect.stringMatching(/^start: /)])
    expect(issuesOf(flow({}, { start: 'a', nodes: 7 }))).toEqual([expect.stringMatching(/^nodes: /)])
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`n${i}`, text(`n${i + 1}`)]))
    expect(issuesOf(flow(many, { start: 'n0' }))).toEqual(['nodes: at most 500 nodes'])
  })

  it('is told where it leads to nothing, also from a node with other mistakes', () => {
    const nodes = {
      a: { type: 'text', next: 'gone' },
      b: { type: 'menu', text: '', options: [{ label: 'x' }, { label: 'y', next: 'far' }, 7], on_invalid: 'away', next: 'no-field-of-it' },
      c: { type: 'ask', save_as: 'X', on_timeout: 'a', next: 7 },
      d: { type: 'condition', cases: 'none', otherwise: 'else' },
    }
    const dangling = issuesOf(flow(nodes)).filter((issue) => issue.includes('there is no node'))
    expect(dangling.map((issue) => issue.split(': ')[0])).toEqual([
      'nodes.a.next',
      'nodes.b.options.1.next',
      'nodes.b.on_invalid',
      'nodes.d.otherwise',
    ])
  })

  it('with a bad node name says what a name is', () => {
    expect(issuesOf(flow({ A: text(), a: text() }))).toEqual(['nodes.A: lower-case letters, digits, - and _, starting with a letter'])
  })

  it('may walk 100 nodes without waiting, not 101', () => {
    const chain = (length: number): unknown => flow({ a: text('n1'), ...Object.fromEntries(numbers(length)) })
    const numbers = (length: number): [string, object][] =>
      Array.from({ length: length - 1 }, (_, i) => [`n${i + 1}`, text(i + 2 < length ? `n${i + 2}` : undefined)])
    expect(issuesOf(chain(100))).toEqual([])
    expect(issuesOf(chain(101))).toEqual([expect.stringContaining('nodes.a: more than 100 nodes')])
    expect(issuesOf(flow({ a: text('n1'), ...Object.fromEntries(numbers(101)) }, { start: 'n1' }))).toEqual([
      expect.stringContaining('nodes.a'),
    ])
  })

  it('may go in a circle that waits', () => {
    expect(issuesOf(flow({ a: text('b'), b: { type: 'ask', save_as: 'x', next: 'a' } }))).toEqual([])
    expect(issuesOf(flow({ a: text('b'), b: { type: 'wait', minutes: 1, next: 'a' } }))).toEqual([])
  })

  it('is warned of a node that nothing leads to, and published all the same', () => {
    const parsed = parseFlow(flow({ a: text(), lonely: text() }))
    expect(parsed).toMatchObject({ ok: true, warnings: [{ path: 'nodes.lonely', message: 'nothing leads here' }] })
  })

  it('is warned of a variable that nothing gives a value, and of what is none', () => {
    const nodes = {
      a: { type: 'ask', text: 'Oi, {{push_name}} {{ phone }}! {{nome}}, {{nome}}', save_as: 'cor', next: 'b' },
      b: { type: 'set', variable: 'eco', value: '{{answer}} {{cor}} {{tom}}', next: 'c' },
      c: { type: 'menu', text: '{{eco}}', options: [{ label: '{{Nome}}', next: 'd' }], invalid_text: '{{}} {{a b}}' },
      d: { type: 'condition', variable: 'tom', cases: [{ operator: 'equals', value: '{{x}}', next: 'e' }] },
      e: { type: 'end' },
    }
    const parsed = parseFlow(flow(nodes))
    expect(parsed.ok && parsed.warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'nodes.a.text: nothing gives "nome" a value: it is empty',
      'nodes.b.value: nothing gives "tom" a value: it is empty',
      'nodes.c.options.0.label: "{{Nome}}" is no variable: it is said as it is written',
      'nodes.c.invalid_text: "{{}}" is no variable: it is said as it is written',
      'nodes.c.invalid_text: "{{a b}}" is no variable: it is said as it is written',
      'nodes.d.variable: nothing gives "tom" a value: it is empty',
    ])
    const sample = parseFlow(SAMPLE_FLOW)
    expect(sample.ok && sample.warnings).toEqual([])
  })

  it('may name a node after a property that every object has', () => {
    expect(issuesOf(flow({ a: text('constructor'), constructor: text() }))).toEqual([])
  })

  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(parseFlow(json)).toHaveProperty('ok')
      }),
    )
    // Noise in the right places: the sample with one of its values replaced.
    const places: (readonly string[])[] = []
    const collect = (value: unknown, path: readonly string[]): void => {
      places.push(path)
      if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key])
    }
    collect(SAMPLE_FLOW, [])
    const put = (value: unknown, path: readonly string[], replacement: unknown): unknown => {
      const [key, ...rest] = path
      if (key === undefined) return replacement
      if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? put(item, rest, replacement) : item))
      return { ...(value as object), [key]: put((value as Record<string, unknown>)[key], rest, replacement) }
    }
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, replacement) => {
        const parsed = parseFlow(put(SAMPLE_FLOW, path, replacement))
        if (!parsed.ok) expect(parsed.issues.length).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
  })
})
