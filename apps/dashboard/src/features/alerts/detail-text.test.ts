import { describe, expect, it } from 'vitest'
import { createI18n } from '../../i18n/setup.ts'
import { detailText } from './detail-text.ts'

const [pt, en] = (['pt-BR', 'en'] as const).map((language) => {
  const i18n = createI18n(language)
  return (...[kind, detail]: [kind: Parameters<typeof detailText>[0], detail: string]) =>
    detailText(kind, detail, (id, values) => i18n._(id, values))
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
    expect([pt?.('number_shared', detail), en?.('number_shared', detail)]).toEqual([inPortuguese, inEnglish])
  })

  it('of another kind is as it was', () => {
    expect(pt?.('bot_restarted', '+5511900000001: x')).toBe('+5511900000001: x')
    expect(pt?.('bot_failed', 'browser_missing: /usr/bin/chromium')).toMatch(/^Falta o Chromium.*\(\/usr\/bin\/chromium\)$/)
  })
})
