import { LANGUAGES, type Language } from '../../i18n/language.ts'
import { useChangeLanguage, useLanguage, useT } from '../../i18n/use-t.ts'
import { Choice } from '../../ui/choice.tsx'

/** Each language in its own words, so that it is found by those who read no other. */
const NAMES: Record<Language, string> = { 'pt-BR': 'Português', en: 'English' }

const OPTIONS = LANGUAGES.map((each) => ({ value: each, text: NAMES[each], lang: each, testId: `language-${each}` }))

export function LanguageSwitch() {
  const t = useT()
  return <Choice label={t('language.label')} options={OPTIONS} value={useLanguage()} onChange={useChangeLanguage()} />
}
