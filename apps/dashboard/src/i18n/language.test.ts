import { describe, expect, it } from 'vitest'
import { preferredLanguage } from './language.ts'
import { createI18n } from './setup.ts'

describe('the language', () => {
  it.each([
    [null, ['pt-PT', 'en'], 'pt-BR'],
    [null, ['en-GB', 'pt-BR'], 'en'],
    [null, ['fr', 'de', 'en'], 'en'],
    [null, ['ja'], 'pt-BR'],
    ['en', ['pt-BR'], 'en'],
    ['xx', ['en'], 'en'],
  ] as const)('chosen %s, browser %j: %s', (stored, browser, language) => {
    expect(preferredLanguage(stored, browser)).toBe(language)
  })

  it('counts in words', () => {
    const i18n = createI18n('pt-BR')
    expect(i18n._('alerts.many', { count: 1 })).toBe('1 coisa precisa de atenção')
    expect(i18n._('alerts.many', { count: 3 })).toBe('3 coisas precisam de atenção')
    i18n.activate('en')
    expect(i18n._('alerts.many', { count: 3 })).toBe('3 things need attention')
  })
})
