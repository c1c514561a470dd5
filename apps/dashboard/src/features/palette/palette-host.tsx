import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { Suspense, useCallback, useRef, useState } from 'react'
import { lazyPart } from '../../api/part.ts'
import { useChangeLanguage, useT } from '../../i18n/use-t.ts'
import { Keys } from '../keyboard/keys.tsx'
import { onMac } from '../keyboard/shortcuts.ts'
import { useShortcuts } from '../keyboard/use-shortcuts.ts'
import { useSignOut } from '../session/use-sign-out.ts'
import { chooseTheme } from '../theme/theme.ts'
import { DialogLoading } from '../../ui/part-loading.tsx'
import type { Act } from './entries.ts'

/** Fetched when somebody is about to need it. */
const load = () => import('./palette.tsx')
/** A failure is met again when it is wanted. */
const fetchSoon = () => void load().catch(() => undefined)
const Palette = lazyPart(async () => (await load()).Palette)
const Launched = lazyPart(async () => (await import('./launched.tsx')).Launched)

const ROUTES = {
  connect: '/tenants/$tenantId',
  conversations: '/tenants/$tenantId/conversations',
  flow: '/tenants/$tenantId/flow',
  details: '/tenants/$tenantId/details',
} as const

/** The palette's button, its shortcut, and what was chosen in it. */
export function PaletteHost() {
  const t = useT()
  const navigate = useNavigate()
  const changeLanguage = useChangeLanguage()
  const signOut = useSignOut()
  const [open, setOpen] = useState(false)
  const chosen = useRef<Act | null>(null)
  const [launched, setLaunched] = useState<Act | null>(null)
  const show = useCallback(() => setOpen(true), [])
  const sheet = useCallback(() => setLaunched({ kind: 'sheet' }), [])
  useShortcuts({ onPalette: show, onSheet: sheet })

  const run = (act: Act): void => {
    switch (act.kind) {
      case 'page':
        return void navigate({ to: ROUTES[act.page], params: { tenantId: act.tenantId } })
      case 'conversation':
        return void navigate({
          to: '/tenants/$tenantId/conversations/$conversationId',
          params: { tenantId: act.tenantId, conversationId: act.conversationId },
        })
      case 'go':
        return void navigate({ to: act.to })
      case 'language':
        return changeLanguage(act.language)
      case 'theme':
        return chooseTheme(act.theme)
      case 'sign-out':
        return signOut()
      case 'create':
      case 'sheet':
      case 'restart':
      case 'stop':
      case 'link':
        return setLaunched(act)
      case 'choose':
        return undefined
      default:
        return act satisfies never
    }
  }
  const giveUp = () => {
    setOpen(false)
    setLaunched(null)
  }
  const choose = (act: Act) => {
    chosen.current = act
    setOpen(false)
  }
  // Only now: from where the focus is back, the next dialog or the next page takes it.
  const gone = () => {
    const act = chosen.current
    chosen.current = null
    if (act !== null) run(act)
  }
  return (
    <>
      <button
        type="button"
        onClick={show}
        onPointerEnter={fetchSoon}
        onFocus={fetchSoon}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex min-h-10 items-center gap-2 rounded-control border border-transparent px-3 text-sm text-ink-soft max-sm:px-2 hover:bg-sunken hover:text-ink sm:border-line sm:bg-canvas"
        data-testid="palette-open"
      >
        <Search className="size-4.5" aria-hidden />
        <span className="max-lg:sr-only">{t('palette.open')}</span>
        <span className="max-lg:hidden" aria-hidden>
          <Keys keys={['Mod', 'K']} mac={onMac()} />
        </span>
      </button>
      <Suspense fallback={<DialogLoading onGiveUp={giveUp} />}>
        {open && <Palette onClose={() => setOpen(false)} onChoose={choose} onGone={gone} />}
        {launched !== null && <Launched act={launched} onClose={() => setLaunched(null)} />}
      </Suspense>
    </>
  )
}
