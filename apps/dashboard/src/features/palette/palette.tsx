import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { FoundConversation } from '@zaptria/contract'
import { Search } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useId, useMemo, useState, type KeyboardEvent } from 'react'
import { z } from 'zod'
import { request, search } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { useOpener } from '../../ui/modal/use-opener.ts'
import { overviewQuery } from '../overview/overview.ts'
import { useTheme } from '../theme/theme.ts'
import { chosenTitle, type Act, type Chosen, type Entry } from './entries.ts'
import { choicesFor, groupsFor, type Known } from './groups.ts'
import { Options } from './options.tsx'
import { readRecent, rememberRecent } from './recent.ts'
import { useSettled } from './use-settled.ts'

const Found = z.object({ items: z.array(FoundConversation) })
const NONE: FoundConversation[] = []
/** What the server looks for is at least so many letters long. It counts an emoji as one, JavaScript's `length` as two. */
const isLong = (q: string): boolean => Array.from(q).length >= 2

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }

type PaletteProps = {
  onClose: () => void
  onChoose: (act: Act) => void
  /** It is gone, and the focus back where it was. */
  onGone: () => void
}

/** Jump anywhere, do anything, by typing: a field and the list of what fits (the combobox pattern of WAI-ARIA). The focus never leaves the field. */
export function Palette({ onClose, onChoose, onGone }: PaletteProps) {
  const t = useT()
  const language = useLanguage()
  const theme = useTheme()
  const listId = useId()
  const focusBack = useOpener()
  const [typed, setTyped] = useState('')
  const [choosing, setChoosing] = useState<Chosen | null>(null)
  const [activeId, setActiveId] = useState<string | null>(null)
  const [recent] = useState(readRecent)
  const here = useParams({ strict: false, select: ({ tenantId }) => tenantId ?? null })
  const { data: tenants = [], isPending } = useQuery(overviewQuery)
  const q = useSettled(typed.trim(), 150)
  const { data: conversations = NONE, isFetching } = useQuery({
    queryKey: keys.found(q),
    queryFn: async ({ signal }) => (await request('GET', `/conversations${search({ q })}`, { answer: Found, signal })).items,
    enabled: isLong(q) && choosing === null,
    placeholderData: (previous) => previous,
  })
  const groups = useMemo(() => {
    const known: Known = { tenants, conversations: isLong(typed.trim()) ? conversations : NONE, here, recent, language, theme }
    return choosing === null ? groupsFor(typed, known, t) : choicesFor(typed, choosing, known, t)
  }, [typed, choosing, tenants, conversations, here, recent, language, theme, t])
  const entries = useMemo(() => groups.flatMap((group) => group.entries), [groups])
  const active = entries.find(({ id }) => id === activeId) ?? entries[0]
  const busy = isPending || isFetching || q !== typed.trim()

  const restart = (what: Chosen | null) => {
    setChoosing(what)
    setTyped('')
    setActiveId(null)
  }
  const choose = ({ id, act }: Entry) => {
    // Names of contacts are not kept in the browser.
    if (act.kind !== 'conversation' && choosing === null) rememberRecent(id)
    if (act.kind === 'choose') restart(act.what)
    else onChoose(act)
  }
  const move = (by: number) => {
    const at = entries.findIndex((each) => each === active)
    const next =
      entries[Math.abs(by) === 1 ? (at + by + entries.length) % entries.length : Math.min(entries.length - 1, Math.max(0, at + by))]
    if (next !== undefined) setActiveId(next.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = STEPS[event.key]
    if (step !== undefined) move(step)
    else if (event.key === 'Enter' && active !== undefined) choose(active)
    else if (event.key === 'Backspace' && typed === '' && choosing !== null) restart(null)
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') onClose()
    else return
    event.preventDefault()
  }

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Dialog.Content
          data-testid="palette"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            focusBack(event)
            onGone()
          }}
          className="fixed inset-x-0 top-0 z-50 mx-auto flex max-h-dvh flex-col overflow-hidden border bg-surface shadow-xl sm:inset-x-3 sm:top-[12vh] sm:max-h-[70vh] sm:max-w-xl sm:rounded-card"
        >
          <Dialog.Title className="sr-only">{t('palette.title')}</Dialog.Title>
          <div className="flex items-center gap-2 border-b px-4">
            <Search className="size-4.5 shrink-0 text-ink-soft" aria-hidden />
            {choosing !== null && (
              <span className="max-w-[45%] shrink-0 truncate rounded-full bg-accent-soft px-2.5 py-1 text-xs font-medium text-on-accent-soft">
                {chosenTitle(choosing, t)}
              </span>
            )}
            <input
              role="combobox"
              aria-label={choosing === null ? t('palette.title') : chosenTitle(choosing, t)}
              aria-expanded
              aria-haspopup="listbox"
              aria-controls={listId}
              aria-autocomplete="list"
              aria-activedescendant={active === undefined ? undefined : `${listId}-${active.id}`}
              placeholder={choosing === null ? t('palette.placeholder') : t('tenants.search')}
              autoComplete="off"
              autoCorrect="off"
              spellCheck={false}
              enterKeyHint="go"
              maxLength={200}
              className="min-h-13 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-soft"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value)
                setActiveId(null)
              }}
              onKeyDown={onKeyDown}
              data-testid="palette-input"
            />
            <Dialog.Close
              className="shrink-0 rounded-control border px-2 py-1 text-xs text-ink-soft hover:bg-sunken"
              data-testid="palette-close"
            >
              {t('common.close')}
            </Dialog.Close>
          </div>
          <Options id={listId} groups={groups} active={active} onActive={setActiveId} onChoose={choose} />
          {entries.length === 0 && !busy && (
            <p className="px-4 py-8 text-center text-sm text-ink-soft" data-testid="palette-none">
              {t('palette.none', { q: typed.trim() })}
            </p>
          )}
          <p role="status" className="sr-only">
            {!busy && t('palette.count', { count: entries.length })}
          </p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
