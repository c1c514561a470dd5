import { setupI18n, type I18n } from '@lingui/core'
import { fetchPart } from '../api/part.ts'
import { LANGUAGES, type Language } from './language.ts'
import type { Texts } from './texts/read.ts'

type Load = () => Promise<{ TEXTS: Texts }>

/** Each language is a file of its own, for nobody reads two at once; and what few pages say is one beside it. */
const LOAD: Record<Language, { first: Load; later: Load }> = {
  'pt-BR': { first: () => import('./texts/pt-BR.ts'), later: () => import('./texts/pt-BR.later.ts') },
  en: { first: () => import('./texts/en.ts'), later: () => import('./texts/en.later.ts') },
}

/** Without a text yet. */
export function createPageI18n(): I18n {
  // Some ids may not be there (textOf in use-t.ts): no reason to warn.
  return setupI18n({ missing: (_, id) => id })
}

/** Fetches the texts that the first page needs, and goes over to them. */
export async function startTexts(i18n: I18n, language: Language): Promise<void> {
  i18n.loadAndActivate({ locale: language, messages: (await fetchPart(LOAD[language].first)).TEXTS })
}

/** For the pages whose texts are not among the first ones (LATER in texts/read.ts). */
export async function loadLaterTexts(i18n: I18n): Promise<void> {
  const language = LANGUAGES.find((each) => each === i18n.locale)
  if (language === undefined) return
  const { TEXTS } = await fetchPart(LOAD[language].later)
  // Everything that says something is drawn anew by it: once is enough.
  if (!Object.keys(TEXTS).every((id) => Object.hasOwn(i18n.messages, id))) i18n.load(language, TEXTS)
}

/** Goes over to another language, whatever page is open. */
export async function changeLanguage(i18n: I18n, language: Language): Promise<void> {
  const [first, later] = await Promise.all([fetchPart(LOAD[language].first), fetchPart(LOAD[language].later)])
  i18n.loadAndActivate({ locale: language, messages: { ...first.TEXTS, ...later.TEXTS } })
}
