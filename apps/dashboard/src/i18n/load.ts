import { setupI18n, type I18n } from '@lingui/core'
import type { Language } from './language.ts'
import type { Texts } from './texts/read.ts'

/** Each language is a file of its own: nobody reads two at once. */
const LOAD: Record<Language, () => Promise<{ TEXTS: Texts }>> = {
  'pt-BR': () => import('./texts/pt-BR.ts'),
  en: () => import('./texts/en.ts'),
}

/** Fetches the language's texts, unless they are here, and goes over to it. */
export async function activate(i18n: I18n, language: Language): Promise<void> {
  i18n.loadAndActivate({ locale: language, messages: (await LOAD[language]()).TEXTS })
}

export async function startI18n(language: Language): Promise<I18n> {
  // Some ids may not be there (textOf in use-t.ts): no reason to warn.
  const i18n = setupI18n({ missing: (_, id) => id })
  await activate(i18n, language)
  return i18n
}
