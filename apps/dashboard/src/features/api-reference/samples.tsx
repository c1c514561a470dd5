import { Tabs } from 'radix-ui'
import { createContext, useContext } from 'react'
import { useT } from '../../i18n/use-t.ts'
import type { Sample } from './document.ts'
import { CodeBlock } from './code-block.tsx'

const STORED = 'zaptria.reference.language'

/** The language of all examples, and how to choose another. */
export const SampleLanguage = createContext<readonly [language: string, choose: (language: string) => void]>(['Shell', () => {}])

export const rememberedLanguage = (): string => localStorage.getItem(STORED) ?? 'Shell'
export const rememberLanguage = (language: string): void => localStorage.setItem(STORED, language)

/** The same request in each language; chosen once, for all of them. */
export function Samples({ samples, title }: { samples: readonly Sample[]; title: string }) {
  const t = useT()
  const [language, choose] = useContext(SampleLanguage)
  const shown = samples.some(({ lang }) => lang === language) ? language : (samples[0]?.lang ?? '')
  return (
    <Tabs.Root value={shown} onValueChange={choose} activationMode="manual">
      <Tabs.List aria-label={t('reference.example', { title })} className="mb-2 flex flex-wrap gap-1">
        {samples.map(({ lang, label }) => (
          <Tabs.Trigger
            key={lang}
            value={lang}
            data-testid={`reference-lang-${lang}`}
            className="min-h-8 rounded-lg px-3 text-sm text-ink-soft hover:text-ink data-[state=active]:bg-accent-soft data-[state=active]:font-medium data-[state=active]:text-on-accent-soft"
          >
            {label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {samples.map(({ lang, label, source }) => (
        <Tabs.Content key={lang} value={lang} tabIndex={-1}>
          <CodeBlock code={source} label={`${title}, ${label}`} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
