import { describe, expect, it } from 'vitest'
import { parseFlow } from './parse.ts'
import { SAMPLE_FLOW } from './sample.ts'
import { step } from './step.ts'
import type { FlowRun } from './step.ts'

/** Plays a dialogue: what the contact writes, what comes back each time. */
function play(texts: string[]): string[][] {
  const parsed = parseFlow(SAMPLE_FLOW)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
  let run: FlowRun | null = null
  return texts.map((text, i) => {
    const now_ms = 1_000_000 + i * 1000
    const contact = { phone: '5511987654321', push_name: 'Ana' }
    const result = step(parsed.flow, run, { kind: 'message', text, type: 'chat', timestamp_ms: now_ms, now_ms, contact })
    run = result.run
    return result.effects.map((effect) => (effect.kind === 'reply' ? effect.text : '(handover)'))
  })
}

describe('the sample flow', () => {
  it('is a flow without issue or warning', () => {
    expect(parseFlow(SAMPLE_FLOW)).toMatchObject({ ok: true, warnings: [] })
  })

  it('greets by name with a numbered menu, tells the prices, takes a no', () => {
    const [hello, prices, bye] = play(['oi', '2', 'Não, obrigada'])
    expect(hello).toEqual([
      expect.stringContaining('Olá, Ana!'),
      'Como podemos ajudar? Responda com o número:\n\n1. Horários\n2. Preços\n3. Falar com um atendente',
    ])
    expect(prices).toEqual([expect.stringContaining('R$'), 'Posso ajudar em mais alguma coisa? (sim ou não)'])
    expect(bye).toEqual(['Obrigado pelo contato. Até logo!'])
  })

  it('hands over to a person by label, whatever the accents', () => {
    expect(play(['oi', 'FALAR COM UM ATENDENTE', 'encomenda']).at(-1)).toEqual([expect.stringContaining('atendente'), '(handover)'])
  })

  it('hands over after three answers that it does not understand', () => {
    const [, first, second, third] = play(['oi', 'abacaxi', '9', '?'])
    expect(first?.[0]).toContain('não entendi')
    expect(second?.[0]).toContain('não entendi')
    expect(third).toEqual([expect.stringContaining('atendente'), '(handover)'])
  })
})
