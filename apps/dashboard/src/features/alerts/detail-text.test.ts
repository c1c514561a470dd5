import type { AlertKind } from '@zaptria/contract'
import { loopIn, plan, type BotObserved } from '@zaptria/core'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../../i18n/setup.ts'
import { detailText, factText } from './detail-text.ts'

const translate = (language: 'pt-BR' | 'en') => {
  const i18n = createI18n(language)
  return (id: Parameters<typeof i18n._>[0], values?: Parameters<typeof i18n._>[1]) => i18n._(id, values)
}
const pt = (kind: AlertKind, detail: string) => detailText(kind, detail, translate('pt-BR'))
const en = (kind: AlertKind, detail: string) => detailText(kind, detail, translate('en'))

const NOW = 10_000_000
const seen = (instance: Partial<BotObserved['instance']>, more: Partial<BotObserved> = {}): BotObserved => ({
  instance: { state: 'running', generation: 1, changed_at_ms: 0, ...instance },
  link: { up: false, last_beat_at_ms: null },
  started_at_ms: 0,
  bot_state: 'connected',
  reason: 'ready',
  attempts: 0,
  open_alerts: [],
  ...more,
})

describe('an alert’s detail', () => {
  it.each([
    [
      '+5511900000001: Padaria da Praça',
      '+55 11 90000-0001 também está com: Padaria da Praça',
      '+55 11 90000-0001 is also with: Padaria da Praça',
    ],
    [
      '+14155552671: Loja: a 2ª, Mercado',
      '+1 415 555-2671 também está com: Loja: a 2ª, Mercado',
      '+1 415 555-2671 is also with: Loja: a 2ª, Mercado',
    ],
    ['written by another version', 'written by another version', 'written by another version'],
  ])('of a number that two have is a sentence: %s', (detail, inPortuguese, inEnglish) => {
    expect([pt('number_shared', detail), en('number_shared', detail)]).toEqual([inPortuguese, inEnglish])
  })

  it('of another kind is as it was', () => {
    expect(pt('bot_needs_scan', '+5511900000001: x')).toBe('+5511900000001: x')
    expect(pt('bot_failed', 'browser_missing: /usr/bin/chromium')).toMatch(/^Falta o Chromium.*\(\/usr\/bin\/chromium\)$/)
  })

  it.each([
    ['it ended', seen({ state: 'exited', detail: 'exit code 1' }), 'Ele tinha parado (exit code 1)'],
    ['it is silent', seen({}), 'Ele roda, mas não diz nada'],
    ['it was changed by hand', seen({ drift: 'by_hand', detail: 'memory' }), 'Alguém o alterou no servidor (memory)'],
    ['it does not come up', seen({ state: 'creating' }), 'Ele não chegou a ligar'],
    ['it was removed', seen({ removed: true }), 'Alguém o removeu do servidor; ele é criado de novo, com tudo o que era seu'],
    [
      'its server started it',
      seen({ restarted: 'exit code 137' }, { started_at_ms: NOW - 1000 }),
      'O próprio servidor o religou (exit code 137)',
    ],
    [
      'its session was lost',
      seen({}, { link: { up: true, last_beat_at_ms: NOW }, bot_state: 'qr_ready', reason: 'waiting_for_scan', number: '5511900000001' }),
      'A sessão de +55 11 90000-0001 se perdeu, e nenhuma cópia pôde trazê-la de volta. As mensagens novas esperam no celular',
    ],
    ['nobody knows', seen({ state: 'unknown', detail: 'no answer' }), 'O servidor não diz se o robô roda (no answer)'],
  ])('is in the person’s language as the plan raises it: %s', (_, observed, sentence) => {
    const { steps } = plan({ desired: 'running', generation: 1 }, observed, NOW)
    const raised = steps.flatMap((step) => (step.do === 'raise' ? [step] : []))
    expect(raised).not.toEqual([])
    for (const { alert, detail } of raised) expect(factText(alert, detail, translate('en'))).not.toBeNull()
    expect(raised.map(({ alert, detail }) => pt(alert, detail))).toContain(sentence)
  })

  it.each([
    [
      'orphan_found',
      'zaptria-bot-1 ran without a bot that owns it; it was removed, its volume is kept',
      'zaptria-bot-1 was removed; its data is kept',
    ],
    [
      'snapshot_damaged',
      'snapshot 0193a1f4 of 2026-11-30T06:12:13Z: part 0 is not in the vault',
      'The copy 0193a1f4 cannot be opened (2026-11-30T06:12:13Z: part 0 is not in the vault)',
    ],
    ['sink_paused', 'bot.example.com refuses the bot’s token: 401', 'bot.example.com refuses the token (401)'],
    ['webhook_disabled', 'example.com: it answered 410 Gone', 'example.com answered that it is gone (410)'],
    [
      'webhook_disabled',
      'example.com: nothing has succeeded for 3 days: it answered 500',
      'example.com: nothing was taken for 3 days (it answered 500)',
    ],
    [
      'conversation_loop',
      'conversation 0193: it went on by itself too often without an answer',
      'The flow went on by itself too often without an answer',
    ],
    ['conversation_stuck', 'conversation 0193: a node is missing', 'conversation 0193: a node is missing'],
  ] as const)('of %s is a sentence where it is known: %s', (kind, detail, sentence) => {
    expect(en(kind, detail)).toBe(sentence)
  })

  it('says how often the bot answered one that was taken for another bot', () => {
    const loop = (answers: number, repeats: number) =>
      pt(
        'conversation_loop',
        `conversation 0193: ${loopIn({ loop_after_answers: 9 }, { since_ms: 0, answers, heard: 'x'.repeat(99), repeats })}`,
      )
    expect(loop(10, 1)).toMatch(/^9 respostas em \d+ minutos$/)
    expect(loop(5, 9)).toMatch(/^As mesmas palavras vieram \d+ vezes seguidas$/)
  })
})
