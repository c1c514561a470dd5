import { setupI18n, type I18n } from '@lingui/core'
import { compileMessage } from '@lingui/message-utils/compileMessage'
import type { Language } from './language.ts'
import { MESSAGES } from './messages.ts'

function catalogue(column: 0 | 1): Record<string, string> {
  return Object.fromEntries(Object.entries(MESSAGES).map(([id, texts]) => [id, texts[column]]))
}

/** Lingui with both catalogues at once, for tests. The page fetches the one that it needs: load.ts. */
export function createI18n(language: Language): I18n {
  const i18n = setupI18n()
  i18n.setMessagesCompiler(compileMessage)
  i18n.load({ 'pt-BR': catalogue(0), en: catalogue(1) })
  i18n.activate(language)
  return i18n
}
