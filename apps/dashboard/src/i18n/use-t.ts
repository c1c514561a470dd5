import { useLingui } from '@lingui/react'
import { useCallback } from 'react'
import { LANGUAGES, rememberLanguage, type Language } from './language.ts'
import type { MessageId } from './messages.ts'
import { changeLanguage } from './load.ts'

export type Translate = (id: MessageId, values?: Record<string, string | number>) => string

/** `t(id, values)`: the text in the person's language. Ids are checked by the compiler. */
export function useT(): Translate {
  const { i18n, _ } = useLingui()
  // `_` changes with the language, so that everything which depends on t is drawn again.
  // oxlint-disable-next-line react/exhaustive-deps
  return useCallback((id, values) => i18n._(id, values), [i18n, _])
}

/** The text of an id that may not be there, as of what a newer server speaks of; null then. */
export function textOf(t: Translate, id: string): string | null {
  const text = t(id as MessageId)
  return text === id ? null : text
}

export function useLanguage(): Language {
  const { i18n } = useLingui()
  return LANGUAGES.find((language) => language === i18n.locale) ?? 'pt-BR'
}

export function useChangeLanguage(): (language: Language) => void {
  const { i18n } = useLingui()
  return (language) => {
    rememberLanguage(language)
    void changeLanguage(i18n, language).then(() => (document.documentElement.lang = language))
  }
}
