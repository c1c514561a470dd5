import { LANGUAGES, type Language } from '../../i18n/language.ts'
import { useChangeLanguage, useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

/** Each language in its own words, so that it is found by those who read no other. */
const NAMES: Record<Language, string> = { 'pt-BR': 'Português', en: 'English' }

export function LanguageSwitch() {
  const t = useT()
  const language = useLanguage()
  const change = useChangeLanguage()
  return (
    <div role="group" aria-label={t('language.label')} className="inline-flex rounded-control border bg-surface p-0.5">
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          aria-pressed={language === each}
          data-testid={`language-${each}`}
          onClick={() => change(each)}
          className={cn(
            'min-h-8 rounded-lg px-3 text-sm',
            language === each ? 'bg-accent-soft font-medium text-on-accent-soft' : 'text-ink-soft hover:text-ink',
          )}
        >
          {NAMES[each]}
        </button>
      ))}
    </div>
  )
}
