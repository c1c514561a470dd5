import { Flow } from '@zaptria/contract'
import type { FlowInput } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFlow } from './parse.ts'
import { FlowLoopError, MAX_UNHEARD, runExpiresAt, step } from './step.ts'
import type { FlowDue, FlowMessage, FlowRun, FlowStep } from './step.ts'
import { MAX_REPLY, MAX_VARIABLE } from './text.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000

const flowOf = (nodes: FlowInput['nodes'], more: Partial<FlowInput> = {}): Flow => {
  const parsed = parseFlow({ format: 1, name: 'Test', trigger: { type: 'any' }, start: 'a', nodes, ...more })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return parsed.flow
}
const heard = (text: string, more: Partial<FlowMessage> = {}): FlowMessage => ({
  kind: 'message',
  text,
  type: 'chat',
  timestamp_ms: NOW,
  now_ms: NOW,
  contact: { phone: '5511987654321', push_name: 'Ana' },
  ...more,
})
const due = (now_ms: number): FlowDue => ({ kind: 'due', now_ms, contact: { phone: '5511987654321', push_name: 'Ana' } })
const said = (result: FlowStep): string[] => result.effects.map((effect) => (effect.kind === 'reply' ? effect.text : '(handover)'))
const runAt = (node: string, more: Partial<FlowRun> = {}): FlowRun => ({
  node,
  variables: {},
  invalid: 0,
  started_at_ms: NOW,
  heard_at_ms: NOW,
  ...more,
})

describe('a run', () => {
  const greeting = flowOf({ a: { type: 'text', text: 'oi', next: 'b' }, b: { type: 'ask', save_as: 'x' } })

  it('begins with the first message and waits', () => {
    const result = step(greeting, null, heard('opa'))
    expect(said(result)).toEqual(['oi'])
    expect(result.run).toEqual({ node: 'b', variables: { answer: 'opa' }, invalid: 0, started_at_ms: NOW, heard_at_ms: NOW })
  })

  it.each([
    ['contains', ['pedido'], 'fazer um PEDIDO', true],
    ['contains', ['pedido', 'menu'], 'menu', true],
    ['equals', ['menu'], 'o menu', false],
    ['regex', ['^#\\d+$'], '#123', true],
  ] as const)('with a trigger %s %j: %j begins it: %s', (operator, values, text, begins) => {
    const flow = flowOf({ a: { type: 'text', text: 'oi' } }, { trigger: { type: 'keyword', operator, values: [...values] } })
    expect(said(step(flow, null, heard(text)))).toEqual(begins ? ['oi'] : [])
  })

  it('is not begun by a stale message, but goes on with one', () => {
    const late = { timestamp_ms: NOW - 30 * MINUTE - 1 }
    expect(step(greeting, null, heard('opa', late))).toEqual({ run: null, effects: [] })
    expect(said(step(greeting, null, heard('opa', { timestamp_ms: NOW - 30 * MINUTE })))).toEqual(['oi'])
    expect(step(greeting, runAt('b', { heard_at_ms: NOW - 60 * MINUTE }), heard('x', late)).run).toBeNull()
  })

  it('is over after its time; the next message begins anew', () => {
    const flow = flowOf(
      { a: { type: 'ask', text: 'nome?', save_as: 'x', next: 'b' }, b: { type: 'text', text: 'oi {{x}}' } },
      { expire_after_minutes: 60 },
    )
    const run = runAt('a', { heard_at_ms: NOW - 60 * MINUTE })
    expect(runExpiresAt(flow, run)).toBe(NOW)
    expect(said(step(flow, run, heard('Ana')))).toEqual(['oi Ana'])
    const later = heard('Ana', { now_ms: NOW + 1, timestamp_ms: NOW + 1 })
    expect(said(step(flow, run, later))).toEqual(['nome?'])
    // Written in time, heard late.
    expect(said(step(flow, run, heard('Ana', { now_ms: NOW + 20 * MINUTE })))).toEqual(['oi Ana'])
  })

  it('begins anew when its node is gone or never waited', () => {
    for (const node of ['gone', 'a', 'constructor']) expect(said(step(greeting, runAt(node), heard('x')))).toEqual(['oi'])
  })

  it.each(['reaction', 'revoked', 'e2e_notification', 'call_log', 'protocol'])('is not moved by what nobody wrote: %s', (type) => {
    const run = runAt('b')
    expect(step(greeting, null, heard('', { type }))).toEqual({ run: null, effects: [] })
    expect(step(greeting, run, heard('', { type }))).toEqual({ run, effects: [] })
  })

  it('takes a picture without words as an answer', () => {
    expect(step(greeting, runAt('b'), heard('', { type: 'image' })).run).toBeNull()
  })
})

describe('a menu', () => {
  const flow = flowOf({
    a: {
      type: 'menu',
      text: 'Escolha:',
      options: [
        { label: 'Preços', next: 'prices' },
        { label: 'Horários', next: 'hours' },
      ],
      invalid_text: 'Hein?',
      max_invalid: 2,
      on_invalid: 'person',
    },
    prices: { type: 'end', text: 'R$ 1' },
    hours: { type: 'end', text: '8h' },
    person: { type: 'handover' },
  })
  const menu = 'Escolha:\n\n1. Preços\n2. Horários'

  it('is shown with numbers, then takes a number or a label', () => {
    const shown = step(flow, null, heard('oi'))
    expect(said(shown)).toEqual([menu])
    for (const answer of ['1', '1)', '1️⃣', 'precos', ' PREÇOS ']) expect(said(step(flow, shown.run, heard(answer)))).toEqual(['R$ 1'])
    expect(said(step(flow, shown.run, heard('2')))).toEqual(['8h'])
  })

  it('asks again after a wrong answer, then goes where on_invalid says', () => {
    const shown = step(flow, null, heard('oi'))
    const again = step(flow, shown.run, heard('3'))
    expect(said(again)).toEqual(['Hein?', menu])
    expect(again.run?.invalid).toBe(1)
    const over = step(flow, again.run, heard('0'))
    expect(said(over)).toEqual(['(handover)'])
    expect(over.run).toBeNull()
  })

  it('ends the run after too many wrong answers when there is no on_invalid', () => {
    const short = flowOf({ a: { type: 'menu', text: 'x', options: [{ label: 'y', next: 'a' }], max_invalid: 1 } })
    expect(step(short, runAt('a'), heard('nope'))).toEqual({ run: null, effects: [] })
  })
})

describe('the other nodes', () => {
  it('ask keeps the answer; set, texts and conditions read it', () => {
    const flow = flowOf({
      a: { type: 'ask', text: 'Nome?', save_as: 'name', next: 'b' },
      b: { type: 'set', variable: 'greeting', value: 'Oi, {{name}} ({{phone}}, {{push_name}})', next: 'c' },
      c: {
        type: 'condition',
        variable: 'name',
        cases: [
          { operator: 'equals', value: 'josé', next: 'd' },
          { operator: 'contains', value: 'a', next: 'e' },
        ],
        otherwise: 'f',
      },
      d: { type: 'text', text: '{{greeting}}!' },
      e: { type: 'text', text: '{{answer}} tem a' },
      f: { type: 'end' },
    })
    const asked = step(flow, null, heard('oi'))
    expect(said(step(flow, asked.run, heard('JOSE')))).toEqual(['Oi, JOSE (5511987654321, Ana)!'])
    expect(said(step(flow, asked.run, heard('Ana')))).toEqual(['Ana tem a'])
    expect(said(step(flow, asked.run, heard('Rui')))).toEqual([])
  })

  it('handover says its text first and ends the run', () => {
    const flow = flowOf({ a: { type: 'handover', text: 'Um momento' } })
    expect(step(flow, null, heard('oi'))).toEqual({ run: null, effects: [{ kind: 'reply', text: 'Um momento' }, { kind: 'handover' }] })
  })

  it('nothing but space is not sent', () => {
    expect(said(step(flowOf({ a: { type: 'text', text: ' {{unknown}} ' } }), null, heard('oi')))).toEqual([])
  })

  it('what WhatsApp does not tell reads as nothing', () => {
    const flow = flowOf({ a: { type: 'text', text: '[{{phone}}{{push_name}}{{constructor}}]' } })
    expect(said(step(flow, null, heard('oi', { contact: { phone: null, push_name: null } })))).toEqual(['[]'])
  })

  it('variables and replies stay within their bounds', () => {
    const flow = flowOf({
      a: { type: 'ask', save_as: 'x', next: 'b' },
      b: { type: 'set', variable: 'y', value: '{{x}}{{x}}', next: 'c' },
      c: { type: 'text', text: '{{y}}'.repeat(500), next: 'a' },
    })
    const result = step(flow, runAt('a'), heard('👍'.repeat(40_000)))
    expect(result.run?.variables.y?.length).toBeLessThanOrEqual(MAX_VARIABLE)
    expect(said(result)[0]?.length).toBeLessThanOrEqual(MAX_REPLY)
    expect(said(result)[0]).toMatch(/👍…$/)
  })

  it('a document that skipped the check and goes in a circle is stopped', () => {
    const nodes = { a: { type: 'text', text: 'x', next: 'b' }, b: { type: 'text', text: 'y', next: 'a' } }
    const flow = Flow.parse({ format: 1, name: 'Loop', trigger: { type: 'any' }, start: 'a', nodes })
    expect(() => step(flow, null, heard('oi'))).toThrow(FlowLoopError)
  })
})

describe('a wait', () => {
  const DAY = 1440 * MINUTE
  const flow = flowOf({
    a: { type: 'text', text: 'Até já', next: 'b' },
    b: { type: 'wait', minutes: 2880, next: 'c' },
    c: { type: 'ask', text: 'Gostou, {{push_name}}?', save_as: 'x', next: 'd' },
    d: { type: 'text', text: 'Anotado: {{x}}' },
  })
  const waiting = step(flow, null, heard('oi'))

  it('ends the step and says when it goes on, and goes on then, not before', () => {
    expect(said(waiting)).toEqual(['Até já'])
    expect(waiting.run).toMatchObject({ node: 'b', due_at_ms: NOW + 2 * DAY })
    expect(step(flow, waiting.run, due(NOW + 2 * DAY - 1))).toEqual({ run: waiting.run, effects: [] })
    const asked = step(flow, waiting.run, due(NOW + 2 * DAY))
    expect(said(asked)).toEqual(['Gostou, Ana?'])
    // It has just moved: there is a day for the answer.
    expect(asked.run).toMatchObject({ node: 'c', heard_at_ms: NOW + 2 * DAY })
    expect(asked.run).not.toHaveProperty('due_at_ms')
    const answer = heard('sim', { timestamp_ms: NOW + 2 * DAY + 60 * MINUTE, now_ms: NOW + 2 * DAY + 60 * MINUTE })
    expect(said(step(flow, asked.run, answer))).toEqual(['Anotado: sim'])
  })

  it('is not disturbed by what the contact writes, unless it says where to then', () => {
    const later = { timestamp_ms: NOW + DAY + 1, now_ms: NOW + DAY + 1 }
    expect(step(flow, waiting.run, heard('alô?', later))).toEqual({ run: waiting.run, effects: [] })
    const heedful = flowOf({
      a: { type: 'wait', minutes: 60, next: 'b', on_answer: 'c' },
      b: { type: 'text', text: 'passou' },
      c: { type: 'text', text: 'disse {{answer}}' },
    })
    const begun = step(heedful, null, heard('oi'))
    expect(said(step(heedful, begun.run, heard('alô?')))).toEqual(['disse alô?'])
    expect(said(step(heedful, begun.run, due(NOW + 60 * MINUTE)))).toEqual(['passou'])
  })

  it('that nobody looked at for longer than a run lasts says nothing any more', () => {
    expect(runExpiresAt(flow, waiting.run!)).toBe(NOW + 3 * DAY)
    expect(said(step(flow, waiting.run, due(NOW + 3 * DAY)))).toEqual(['Gostou, Ana?'])
    expect(step(flow, waiting.run, due(NOW + 3 * DAY + 1))).toEqual({ run: null, effects: [] })
  })

  it('goes in a circle only so often while nobody answers; an answer counts anew', () => {
    const weekly = flowOf({
      a: { type: 'text', text: 'Novidades!', next: 'b' },
      b: { type: 'wait', minutes: 1, next: 'a', on_answer: 'a' },
    })
    let { run } = step(weekly, null, heard('oi'))
    let times = 0
    const wake = (): FlowStep => step(weekly, run, due(run!.due_at_ms!))
    for (; times < MAX_UNHEARD; times += 1) ({ run } = wake())
    expect(wake()).toEqual({ run: null, effects: [{ kind: 'loop' }] })
    const answered = step(weekly, run, heard('oba', { timestamp_ms: run!.heard_at_ms, now_ms: run!.heard_at_ms }))
    expect(answered.run).not.toHaveProperty('unheard')
  })

  it('does nothing when there is no run, nothing due, or its node is gone', () => {
    expect(step(flow, null, due(NOW))).toEqual({ run: null, effects: [] })
    expect(step(flow, runAt('c'), due(NOW + DAY))).toEqual({ run: runAt('c'), effects: [] })
    expect(step(flow, runAt('gone', { due_at_ms: NOW }), due(NOW))).toEqual({ run: null, effects: [] })
  })
})

describe('a question with a time for its answer', () => {
  const flow = flowOf({
    a: { type: 'ask', text: 'Nome?', save_as: 'x', next: 'b', timeout_minutes: 120, on_timeout: 'c' },
    b: { type: 'text', text: 'Oi, {{x}}' },
    c: { type: 'menu', text: 'Ainda aí?', options: [{ label: 'Sim', next: 'a' }], timeout_minutes: 60 },
  })

  it('reminds when the time is over, and takes the answer before', () => {
    const asked = step(flow, null, heard('oi'))
    expect(asked.run).toMatchObject({ node: 'a', due_at_ms: NOW + 120 * MINUTE })
    expect(said(step(flow, asked.run, heard('Ana')))).toEqual(['Oi, Ana'])
    const reminded = step(flow, asked.run, due(NOW + 120 * MINUTE))
    expect(said(reminded)).toEqual(['Ainda aí?\n\n1. Sim'])
    expect(reminded.run).toMatchObject({ node: 'c', due_at_ms: NOW + 180 * MINUTE })
    const wrong = heard('hein', { timestamp_ms: NOW + 170 * MINUTE, now_ms: NOW + 170 * MINUTE })
    expect(step(flow, reminded.run, wrong).run).toMatchObject({ node: 'c', due_at_ms: NOW + 230 * MINUTE })
    expect(step(flow, reminded.run, due(NOW + 180 * MINUTE))).toEqual({ run: null, effects: [] })
  })
})

describe('any flow that is let through', () => {
  const SIZE = 8
  const word = fc.constantFrom('oi', '1', '2', 'não', '{{x}}', '{{answer}} {{phone}}', '{{y}}{{y}}{{y}}', ' ')
  const name = fc.constantFrom('x', 'y', 'answer', 'constructor')
  const id = (from: number): fc.Arbitrary<string> => fc.integer({ min: from, max: SIZE }).map((i) => `n${i}`)
  const maybe = (arbitrary: fc.Arbitrary<string>, key: string): fc.Arbitrary<object> =>
    fc.option(arbitrary, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }))
  const operator = fc.constantFrom('equals', 'contains', 'starts_with', 'ends_with', 'regex')
  // What does not wait goes forward only, so that most documents pass.
  const node = (i: number): fc.Arbitrary<object> => {
    const next = i < SIZE ? maybe(id(i + 1), 'next') : fc.constant({})
    const cases = fc.array(fc.record({ operator, value: fc.constantFrom('oi', '1', '^\\d+$'), next: id(Math.min(i + 1, SIZE)) }), {
      minLength: 1,
      maxLength: 3,
    })
    const options = fc.array(fc.record({ label: fc.constantFrom('oi', 'não', '2'), next: id(0) }), { minLength: 1, maxLength: 3 })
    const of = (type: string, fields: fc.Arbitrary<object>, more: fc.Arbitrary<object> = fc.constant({})): fc.Arbitrary<object> =>
      fc.tuple(fields, more).map(([a, b]) => ({ type, ...a, ...b }))
    return fc.oneof(
      of('text', fc.record({ text: word }), next),
      of('set', fc.record({ variable: name, value: word }), next),
      of('ask', fc.record({ save_as: name }), maybe(id(0), 'next')),
      of('ask', fc.record({ save_as: name, timeout_minutes: fc.constantFrom(1, 1600), on_timeout: id(0) }), maybe(id(0), 'next')),
      of('wait', fc.record({ minutes: fc.constantFrom(1, 2880), next: id(0) }), maybe(id(0), 'on_answer')),
      of('menu', fc.record({ text: word, options, max_invalid: fc.integer({ min: 1, max: 3 }) }), maybe(id(i), 'on_invalid')),
      i < SIZE ? of('condition', fc.record({ variable: name, cases })) : of('end', fc.constant({})),
      of('handover', fc.constant({}), maybe(word, 'text')),
    )
  }
  const flow = fc
    .tuple(...Array.from({ length: SIZE + 1 }, (_, i) => node(i)))
    .map((nodes) =>
      parseFlow({
        format: 1,
        name: 'Any',
        trigger: { type: 'any' },
        start: 'n0',
        nodes: Object.fromEntries(nodes.map((n, i) => [`n${i}`, n])),
      }),
    )
    .filter((parsed) => parsed.ok)
    .map((parsed) => parsed.flow)
  const messages = fc.array(
    fc.record({
      text: fc.oneof(fc.constantFrom('oi', '1', '2', '9', 'não', ''), fc.string({ unit: 'grapheme' })),
      type: fc.constantFrom('chat', 'chat', 'image', 'reaction'),
      age: fc.constantFrom(0, 0, 0, 31 * MINUTE, -5 * MINUTE),
      pause: fc.constantFrom(0, 1000, 25 * 60 * MINUTE),
    }),
    { minLength: 1, maxLength: 12 },
  )

  it('never throws, says the same twice, changes no argument, and leaves a run that survives JSON and waits', () => {
    fc.assert(
      fc.property(flow, messages, (drawn, heardMessages) => {
        freeze(drawn)
        let run: FlowRun | null = null
        let now_ms = NOW
        for (const message of heardMessages) {
          now_ms += message.pause
          const input = freeze(heard(message.text, { type: message.type, now_ms, timestamp_ms: now_ms - message.age }))
          for (const each of [freeze(due(now_ms)), input]) {
            const result: FlowStep = step(drawn, freeze(run), each)
            expect(step(drawn, run, each)).toEqual(result)
            expect(JSON.parse(JSON.stringify(result.run))).toEqual(result.run)
            if (result.run !== null) {
              const node = drawn.nodes[result.run.node]
              expect(['menu', 'ask', 'wait']).toContain(node?.type)
              // It goes on by itself exactly where the flow says so, and not before.
              const timed = node?.type === 'wait' || (node?.type === 'ask' && node.timeout_minutes !== undefined)
              expect(result.run.due_at_ms !== undefined).toBe(timed)
              if (each.kind === 'due') expect(result.run.due_at_ms ?? Infinity).toBeGreaterThan(now_ms)
            }
            const last = result.effects.findIndex((effect) => effect.kind !== 'reply')
            if (last !== -1) expect([last, result.run]).toEqual([result.effects.length - 1, null])
            for (const text of said(result)) expect(text.trim()).not.toBe('')
            // Each node says at most one thing.
            expect(result.effects.length).toBeLessThanOrEqual(100)
            run = result.run
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze)
    Object.freeze(value)
  }
  return value
}
