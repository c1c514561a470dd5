/** The dashboard's languages, the first one first. Also the locale of dates and numbers. */
export const LANGUAGES = ['pt-BR', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'zaptria.language'

/** What the person chose here, else the first of the browser's languages that we speak, else Portuguese. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  if (stored === 'pt-BR' || stored === 'en') return stored
  for (const tag of browser) {
    const language = tag.toLowerCase().split('-')[0]
    if (language === 'pt') return 'pt-BR'
    if (language === 'en') return 'en'
  }
  return 'pt-BR'
}

export function readLanguage(): Language {
  return preferredLanguage(localStorage.getItem(STORED), navigator.languages)
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(STORED, language)
}
