import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Empty } from '../../ui/empty.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Logo } from '../../ui/logo.tsx'
import { usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { LanguageSwitch } from '../session/language-switch.tsx'
import { Contents } from './contents.tsx'
import { search, type Noun, type Reference } from './document.ts'
import { Chapters, CHAPTERS } from './intro.tsx'
import { OperationView } from './operation.tsx'
import { Prose } from './prose.tsx'
import { referenceQuery } from './reference.ts'
import { rememberedLanguage, rememberLanguage, SampleLanguage } from './samples.tsx'
import { Schemas } from './shape-view.tsx'
import { useReading } from './use-reading.ts'

/** The API, to read: what is the same for all requests, then each noun with its own. For everybody, signed in or not. */
export function ReferencePage() {
  const t = useT()
  usePageTitle(t('reference.title'))
  const { data, error, refetch } = useQuery(referenceQuery)
  const [text, setText] = useState('')
  return (
    <div className="min-h-dvh bg-surface">
      <a
        href="#reference"
        className="sr-only z-50 rounded-control bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('nav.skip')}
      </a>
      <header className="sticky top-0 z-20 border-b bg-surface">
        <div className="mx-auto flex max-w-[92rem] flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2 sm:px-6">
          <Link to="/" className="inline-flex rounded-control px-1">
            <Logo />
          </Link>
          <Search text={text} onChange={setText} />
          <div className="ml-auto">
            <LanguageSwitch />
          </div>
        </div>
      </header>
      {data === undefined ? (
        <main id="reference" className="mx-auto max-w-3xl p-6">
          {error === null ? <Loading lines={8} /> : <ProblemNotice error={error} onRetry={() => void refetch()} />}
        </main>
      ) : (
        <Schemas value={data.schemas}>
          <Reading reference={data} text={text} onClear={() => setText('')} />
        </Schemas>
      )}
    </div>
  )
}

function Search({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const t = useT()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]') !== null
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', jump)
    return () => document.removeEventListener('keydown', jump)
  }, [])
  return (
    <div className="order-last w-full sm:order-none sm:w-80">
      <TextField
        ref={input}
        type="search"
        label={t('reference.search')}
        hideLabel
        placeholder={t('reference.search.short')}
        aria-keyshortcuts="/"
        value={text}
        onChange={(event) => onChange(event.target.value)}
        data-testid="reference-search"
      />
    </div>
  )
}

function Reading({ reference, text, onClear }: { reference: Reference; text: string; onClear: () => void }) {
  const t = useT()
  const sought = useDeferredValue(text.trim())
  const nouns = useMemo(() => search(reference.nouns, sought), [reference, sought])
  const filtered = sought !== ''
  const [language, setLanguage] = useState(rememberedLanguage)
  const choice = useMemo(
    () =>
      [
        language,
        (next: string) => {
          rememberLanguage(next)
          setLanguage(next)
        },
      ] as const,
    [language],
  )
  const parts = [
    ...(filtered ? [] : CHAPTERS.map(({ id }) => id)),
    ...nouns.flatMap(({ id, operations }) => [id, ...operations.map((one) => one.id)]),
  ]
  const reading = useReading(parts)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    // The part that the address names is only there now.
    const id = location.hash.slice(1)
    if (id !== '') document.getElementById(id)?.scrollIntoView()
  }, [])
  const contents = { nouns, reading, filtered }
  const count = nouns.reduce((sum, { operations }) => sum + operations.length, 0)
  return (
    <div className="mx-auto max-w-[92rem] px-4 sm:px-6 lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] lg:gap-8">
      <nav
        aria-label={t('reference.contents')}
        className="sticky top-15 hidden h-[calc(100dvh-3.75rem)] overflow-y-auto py-6 pr-2 lg:block"
      >
        <Contents {...contents} />
      </nav>
      <main id="reference" tabIndex={-1} className="min-w-0 py-6 outline-none">
        <details
          className="mb-4 rounded-control border lg:hidden"
          open={open}
          onToggle={(event) => setOpen(event.currentTarget.open)}
          data-testid="reference-contents"
        >
          <summary className="min-h-10 px-3 py-2 text-sm font-medium">{t('reference.contents')}</summary>
          <nav aria-label={t('reference.contents')} className="max-h-[60dvh] overflow-y-auto border-t p-2">
            <Contents {...contents} onGo={() => setOpen(false)} />
          </nav>
        </details>
        <p role="status" className={filtered ? 'pb-4 text-sm text-ink-soft' : 'sr-only'} data-testid="reference-count">
          {filtered && t('reference.found', { count })}
        </p>
        {filtered ? <h1 className="sr-only">{t('reference.title')}</h1> : <Beginning address={reference.address} />}
        <SampleLanguage value={choice}>
          {nouns.map((noun) => (
            <NounView key={noun.id} noun={noun} />
          ))}
        </SampleLanguage>
        {nouns.length === 0 && <Nothing onClear={onClear} />}
      </main>
    </div>
  )
}

function Beginning({ address }: { address: string }) {
  const t = useT()
  return (
    <>
      <div className="max-w-3xl space-y-2 pb-7">
        <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t('reference.title')}</h1>
        <p className="text-ink-soft">
          <Prose>{t('reference.text')}</Prose>
        </p>
        <p className="text-sm">
          <a href="/api/openapi.json" className="text-accent underline" data-testid="reference-openapi">
            {t('reference.openapi')}
          </a>
        </p>
      </div>
      <Chapters address={address} />
    </>
  )
}

function NounView({ noun: { id, title, text, operations } }: { noun: Noun }) {
  return (
    <section aria-labelledby={`${id}-title`} className="pt-6">
      <div id={id} className="scroll-mt-28 sm:scroll-mt-20 pb-6" lang="en">
        <h2 id={`${id}-title`} className="text-xl font-semibold tracking-tight">
          {title}
        </h2>
        {text !== undefined && <p className="mt-1 text-sm text-ink-soft">{text}</p>}
      </div>
      {operations.map((operation) => (
        <OperationView key={operation.id} operation={operation} />
      ))}
    </section>
  )
}

function Nothing({ onClear }: { onClear: () => void }) {
  const t = useT()
  return (
    <Empty
      icon={SearchX}
      title={t('reference.nothing')}
      testId="reference-nothing"
      action={
        <button type="button" className="text-sm text-accent underline" onClick={onClear}>
          {t('reference.clear')}
        </button>
      }
    >
      {t('reference.nothing.hint')}
    </Empty>
  )
}
