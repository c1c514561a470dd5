import { describe, expect, it } from 'vitest'
import { parseFlow } from './parse.ts'
import { FlowTalk } from './talk.ts'

const HOUR_MS = 3_600_000

function talk(nodes: Record<string, unknown>, more: Record<string, unknown> = {}): FlowTalk {
  const parsed = parseFlow({ format: 1, name: 'Teste', trigger: { type: 'any' }, start: 'a', nodes, ...more })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  return new FlowTalk(parsed.flow, { nowMs: Date.UTC(2026, 10, 29), phone: '5511987654321', name: 'Ana' })
}

describe('a flow that is tried out', () => {
  it('answers, and remembers', () => {
    const one = talk({
      a: { type: 'ask', text: 'Como se chama?', save_as: 'who', next: 'b' },
      b: { type: 'text', text: 'Olá, {{who}} ({{push_name}}, {{phone}})!' },
    })
    expect(one.hear('oi')).toEqual([{ kind: 'reply', text: 'Como se chama?' }])
    expect(one.waiting).toMatchObject({ node: 'a', dueAtMs: null })
    expect(one.hear('Bia')).toEqual([{ kind: 'reply', text: 'Olá, Bia (Ana, 5511987654321)!' }, { kind: 'over' }])
    expect(one.waiting).toBeNull()
  })

  it('lets days pass at once, and goes on by itself meanwhile', () => {
    const one = talk({
      a: { type: 'wait', minutes: 60, next: 'b' },
      b: { type: 'wait', minutes: 60, next: 'c' },
      c: { type: 'text', text: 'Duas horas.' },
    })
    const begun = one.nowMs
    expect(one.hear('oi')).toEqual([])
    expect(one.wait(HOUR_MS)).toEqual([])
    expect(one.wait(10 * HOUR_MS)).toEqual([{ kind: 'reply', text: 'Duas horas.' }, { kind: 'over' }])
    expect(one.nowMs - begun).toBe(11 * HOUR_MS)
  })

  it('is over when nobody has answered for long', () => {
    const one = talk({ a: { type: 'ask', save_as: 'x' } }, { expire_after_minutes: 120 })
    one.hear('oi')
    expect(one.wait(HOUR_MS)).toEqual([])
    expect(one.wait(HOUR_MS)).toEqual([{ kind: 'over' }])
    expect(one.waiting).toBeNull()
  })

  it('is silent while a person answers', () => {
    const one = talk({ a: { type: 'handover', text: 'Já chamo alguém.' } })
    expect(one.hear('oi')).toEqual([{ kind: 'reply', text: 'Já chamo alguém.' }, { kind: 'handover' }])
    expect([one.person, one.hear('alguém?')]).toEqual([true, []])
    expect(one.wait(400 * 24 * HOUR_MS)).toEqual([])
    one.giveBack()
    expect(one.hear('oi')).toHaveLength(2)
  })

  it('answers again by itself once the flow’s time for a person is over', () => {
    const one = talk({ a: { type: 'handover', text: 'Já chamo alguém.' } }, { resume_after_minutes: 120 })
    one.hear('oi')
    expect([one.wait(HOUR_MS), one.person]).toEqual([[], true])
    expect([one.wait(HOUR_MS), one.person]).toEqual([[{ kind: 'resumed' }], false])
    expect(one.hear('oi')).toHaveLength(2)
  })
})
