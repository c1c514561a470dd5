import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, Unlink } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { keys } from '../../api/keys.ts'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Logo } from '../../ui/logo.tsx'
import { Notice } from '../../ui/notice.tsx'
import { usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ConnectProgress } from '../bot/connect-progress.tsx'
import { LiveQr, PausedQr } from '../bot/live-qr.tsx'
import { PairByPhone } from '../bot/pair-by-phone.tsx'
import { ScanSteps } from '../bot/scan-steps.tsx'
import { summarizeState } from '../bot/summary.ts'
import { LanguageSwitch } from '../session/language-switch.tsx'
import { askPairing, isOver, pairingQuery, type ShownPairing } from './pairing.ts'

/** What a customer sees who was sent a link: how to connect, how far it is, and when it is done. */
export function PairingPage({ token }: { token: string }) {
  const t = useT()
  const pairing = useQuery({ ...pairingQuery(token), enabled: token !== '' })
  const { data, error } = pairing
  // On the page that has seen it waiting it is a success.
  const [wasOnTheWay, setOnTheWay] = useState(false)
  if (!wasOnTheWay && data !== undefined && data.state !== 'connected') setOnTheWay(true)
  const isUsed = data?.state === 'connected' && !wasOnTheWay
  usePageTitle(data === undefined || isUsed ? '' : t('pairing.title', { name: data.name }))
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-xl flex-col gap-6 px-4 py-6 sm:justify-center">
      <Logo className="justify-center text-2xl" />
      <div className="rounded-card border bg-surface p-5 shadow-card sm:p-7" data-testid="pairing">
        {token === '' || isOver(error) ? (
          <OverLink />
        ) : data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <ProblemNotice error={error} onRetry={() => void pairing.refetch()} />
          )
        ) : isUsed ? (
          <UsedLink />
        ) : (
          <Standing token={token} pairing={data} />
        )}
      </div>
      <div className="flex justify-center">
        <LanguageSwitch />
      </div>
    </main>
  )
}

/** Opened where nobody was on the way: it was used, and may have been passed on. */
function UsedLink() {
  const t = useT()
  return (
    <Empty icon={CircleCheck} title={t('pairing.used')} testId="pairing-used">
      {t('pairing.used.help')}
    </Empty>
  )
}

function OverLink() {
  const t = useT()
  return (
    <Empty icon={Unlink} title={t('error.pairing_link_not_found')} testId="pairing-over">
      {t('error.pairing_link_not_found.hint')}
    </Empty>
  )
}

function Standing({ token, pairing }: { token: string; pairing: ShownPairing }) {
  const { state, alive } = pairing
  if (state === 'connected') return <Done pairing={pairing} />
  if (!alive) return <Waiting pairing={pairing} />
  if (state === 'qr_ready') return <Scan token={token} pairing={pairing} />
  return <Waiting token={token} pairing={pairing} />
}

function Heading({ pairing, children }: { pairing: ShownPairing; children?: ReactNode }) {
  const t = useT()
  return (
    <div className="mb-5">
      <h1 className="text-lg font-semibold break-words sm:text-xl">{t('pairing.title', { name: pairing.name })}</h1>
      <p className="mt-1 text-sm text-ink-soft">{children ?? t('pairing.help')}</p>
    </div>
  )
}

/** A phone cannot scan itself: there the code comes first. */
const onPhone = (): boolean => window.matchMedia('(pointer: coarse) and (max-width: 640px)').matches

function Scan({ token, pairing }: { token: string; pairing: ShownPairing }) {
  const t = useT()
  const language = useLanguage()
  const queryClient = useQueryClient()
  const [byPhone, setByPhone] = useState(onPhone)
  const take = (next: ShownPairing) => queryClient.setQueryData(pairingQuery(token).queryKey, next)
  const again = useMutation({ mutationFn: () => askPairing(token), onSuccess: take })
  return (
    <>
      <Heading pairing={pairing} />
      <ConnectProgress state="qr_ready" />
      <ProblemNotice error={again.error} className="mb-4" />
      <div role="group" aria-label={t('pairing.how')} className="mb-5 grid grid-cols-2 gap-2">
        {[true, false].map((each) => (
          <Button
            key={String(each)}
            aria-pressed={byPhone === each}
            look={byPhone === each ? 'primary' : 'secondary'}
            onClick={() => setByPhone(each)}
          >
            {t(each ? 'pairing.by-code' : 'pairing.by-qr')}
          </Button>
        ))}
      </div>
      <div className="space-y-5">
        {!byPhone && (
          <div className="mx-auto w-full max-w-72 space-y-3">
            {pairing.reason === 'qr_paused' ? (
              <PausedQr busy={again.isPending} onShow={() => again.mutate()} />
            ) : (
              <LiveQr
                text={pairing.qr_code}
                endsAtTick={pairing.endsAtTick}
                onEnd={() => void queryClient.invalidateQueries({ queryKey: keys.pairing(token) })}
              />
            )}
          </div>
        )}
        {byPhone && (
          <>
            <p className="text-sm text-ink-soft">{t('pairing.by-code.help')}</p>
            <PairByPhone code={pairing.pairing_code} ask={async (phone) => take(await askPairing(token, phone))} />
          </>
        )}
        <ScanSteps byPhone={byPhone} />
      </div>
      <p className="mt-6 text-xs text-ink-soft">
        {t('pairing.until', { until: formatDateTime(new Date(pairing.link_expires_at), language) })}
      </p>
    </>
  )
}

/** Nothing to scan now: what goes on, and, where it does not go on by itself, the way back to a QR. */
function Waiting({ token, pairing }: { token?: string; pairing: ShownPairing }) {
  const t = useT()
  const queryClient = useQueryClient()
  const again = useMutation({
    mutationFn: () => askPairing(token ?? ''),
    onSuccess: (next) => queryClient.setQueryData(pairingQuery(token ?? '').queryKey, next),
  })
  const starting = token === undefined || pairing.state === 'starting'
  const { tone, title, advice } = summarizeState(pairing)
  const notice = { ok: 'ok', busy: 'info', wait: 'info', warn: 'warn', bad: 'bad', off: 'info' } as const
  const stuck = !starting && (tone === 'wait' || tone === 'warn' || tone === 'bad')
  return (
    <>
      <Heading pairing={pairing} />
      <ConnectProgress state={starting ? 'starting' : pairing.state} />
      <Notice
        tone={starting ? 'info' : notice[tone]}
        role="status"
        testId="pairing-sentence"
        title={t(starting ? 'pairing.starting' : title)}
        actions={
          stuck ? (
            <Button size="sm" busy={again.isPending} onClick={() => again.mutate()} data-testid="pairing-again">
              {t('pairing.again')}
            </Button>
          ) : undefined
        }
      >
        {t(starting ? 'pairing.starting.help' : advice)}
      </Notice>
      <ProblemNotice error={again.error} className="mt-4" />
    </>
  )
}

function Done({ pairing: { name } }: { pairing: ShownPairing }) {
  const t = useT()
  return (
    <div className="flex flex-col items-center gap-3 py-6 text-center">
      <CircleCheck className="size-16 text-ok animate-pop" aria-hidden />
      <h1 role="status" className="text-xl font-semibold" data-testid="pairing-done">
        {t('pairing.done')}
      </h1>
      <p className="text-sm text-ink-soft">{t('pairing.done.help', { name })}</p>
      <p className="max-w-sm text-sm text-ink-soft">{t('pairing.done.keep')}</p>
    </div>
  )
}
