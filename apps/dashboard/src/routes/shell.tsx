import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { Bell, LogOut, Settings, Store, type LucideIcon } from 'lucide-react'
import { useLingui } from '@lingui/react'
import { useEffect, type ReactNode } from 'react'
import { fetchPart } from '../api/part.ts'
import { alertsQuery } from '../features/alerts/alerts.ts'
import { AlertBanner } from '../features/alerts/alert-banner.tsx'
import { pending } from '../features/conversations/pending.ts'
import { PageFocus } from '../features/keyboard/page-focus.tsx'
import { ConnectionBar } from '../features/live/connection-bar.tsx'
import { useLive } from '../features/live/use-live.ts'
import { PaletteHost } from '../features/palette/palette-host.tsx'
import { SessionOver } from '../features/session/session-over.tsx'
import { SignOutQuestion } from '../features/session/sign-out-question.tsx'
import { useSignOut } from '../features/session/use-sign-out.ts'
import { useT } from '../i18n/use-t.ts'
import { Logo } from '../ui/logo.tsx'
import { fetchAhead } from './ahead.ts'

const NAV =
  'relative flex min-h-10 items-center gap-2 rounded-control px-3 text-sm text-ink-soft max-sm:px-2 hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-on-accent-soft'

/** What surrounds every signed-in page: where one can go, what is wrong, whether the line is up. */
export function Shell() {
  const t = useT()
  const up = useLive()
  const { i18n } = useLingui()
  const queryClient = useQueryClient()
  useEffect(() => fetchAhead(i18n), [i18n])
  useEffect(() => void deliverLeft(queryClient).catch(() => undefined), [queryClient])
  const { data: alerts } = useQuery(alertsQuery)
  const open = alerts?.items.length ?? 0
  return (
    <div className="flex h-full flex-col">
      <a
        href="#content"
        className="sr-only z-skip rounded-control bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        {t('nav.skip')}
      </a>
      <header className="border-b bg-surface">
        <div className="mx-auto flex max-w-6xl items-center gap-1 px-3 py-2 sm:px-6">
          <Link to="/" className="mr-auto inline-flex rounded-control px-1">
            <Logo />
          </Link>
          <PaletteHost />
          <nav aria-label={t('nav.label')} className="flex gap-1">
            <Link to="/" activeOptions={{ exact: true }} className={NAV}>
              <NavText icon={Store}>{t('tenants.title')}</NavText>
            </Link>
            <Link to="/alerts" className={NAV} data-testid="nav-alerts">
              <NavText icon={Bell}>{t('alerts.title')}</NavText>
              {open > 0 && (
                <span className="rounded-full bg-bad px-1.5 text-xs font-semibold text-on-bad max-sm:absolute max-sm:top-0.5 max-sm:right-0.5">
                  <span aria-hidden>{open}</span>
                  <span className="sr-only">{t('alerts.count', { count: open })}</span>
                </span>
              )}
            </Link>
            <Link to="/settings" className={NAV} data-testid="nav-settings">
              <NavText icon={Settings}>{t('settings.title')}</NavText>
            </Link>
          </nav>
          <SignOut />
        </div>
      </header>
      <ConnectionBar up={up} />
      <AlertBanner />
      <PageFocus />
      <SignOutQuestion />
      <SessionOver />
      {/* Of what may be out of date nothing looks live: see `in-data-stale`. Positioned, as a card is: what is hidden in it must not make the window scroll. */}
      <main
        id="content"
        tabIndex={-1}
        data-stale={up ? undefined : ''}
        className="relative flex min-h-0 flex-1 flex-col overflow-y-auto outline-none"
      >
        <Outlet />
      </main>
    </div>
  )
}

/** Replies that did not leave before the page was loaded anew. What sends them is seldom needed so early: it comes apart. */
async function deliverLeft(queryClient: QueryClient): Promise<void> {
  if (pending.waiting().length === 0) return
  const { deliverWaiting } = await fetchPart(() => import('../features/conversations/deliver.ts'))
  await deliverWaiting(queryClient)
}

function NavText({ icon: Icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <>
      <Icon className="size-4.5" aria-hidden />
      <span className="max-sm:sr-only">{children}</span>
    </>
  )
}

function SignOut() {
  const t = useT()
  const signOut = useSignOut()
  return (
    <button type="button" className={NAV} onClick={() => signOut()} data-testid="sign-out">
      <NavText icon={LogOut}>{t('session.sign-out')}</NavText>
    </button>
  )
}
