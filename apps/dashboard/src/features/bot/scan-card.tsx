import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Bot } from '@zaptria/contract'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { qrQuery } from './bot.ts'
import { ConnectProgress } from './connect-progress.tsx'
import { Countdown } from './countdown.tsx'
import { PairByPhone } from './pair-by-phone.tsx'
import { QrCode } from './qr-code.tsx'
import { ScanSteps } from './scan-steps.tsx'

/** The QR to scan, or the code to type, with what to tap on the phone. */
export function ScanCard({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const paused = bot.state.reason === 'qr_paused'
  const [looked, setLooked] = useState(false)
  const [byPhone, setByPhone] = useState(false)
  // Opening the page counts as looking. After it has paused under our eyes, only a click does: nobody may be there any more.
  const qr = useQuery({ ...qrQuery(tenant), enabled: !paused || !looked })
  if (!looked && qr.isFetched) setLooked(true)
  return (
    <Card data-testid="connect">
      <CardTitle help={t('scan.help')}>{t('scan.title')}</CardTitle>
      <ConnectProgress state="qr_ready" />
      <ProblemNotice error={qr.error} onRetry={() => void qr.refetch()} className="mb-4" />
      <div className="grid gap-6 md:grid-cols-[18rem_minmax(0,1fr)] md:gap-8">
        <div className="mx-auto w-full max-w-72 space-y-3">
          {paused ? (
            <PausedQr busy={qr.isFetching} onShow={() => void qr.refetch()} />
          ) : (
            <LiveQr tenant={tenant} text={qr.data?.qr_code ?? null} endsAtTick={qr.data?.endsAtTick ?? null} />
          )}
        </div>
        <div className="space-y-5">
          <ScanSteps byPhone={byPhone} />
          {byPhone ? (
            <PairByPhone tenant={tenant} code={qr.data?.pairing_code ?? null} onBack={() => setByPhone(false)} />
          ) : (
            <Button size="sm" onClick={() => setByPhone(true)} data-testid="pair-by-phone">
              {t('scan.by-phone')}
            </Button>
          )}
        </div>
      </div>
    </Card>
  )
}

function LiveQr({ tenant, text, endsAtTick }: { tenant: string; text: string | null; endsAtTick: number | null }) {
  const t = useT()
  const queryClient = useQueryClient()
  if (text === null) {
    return (
      <div
        role="status"
        className="flex aspect-square w-full animate-pulse items-center justify-center rounded-card bg-sunken text-sm text-ink-soft"
      >
        {t('qr.coming')}
      </div>
    )
  }
  return (
    <>
      <div className="rounded-card border bg-white p-2">
        <QrCode text={text} />
      </div>
      {endsAtTick !== null && (
        <Countdown endsAtTick={endsAtTick} onEnd={() => void queryClient.invalidateQueries({ queryKey: keys.bot(tenant, 'qr') })} />
      )}
    </>
  )
}

function PausedQr({ busy, onShow }: { busy: boolean; onShow: () => void }) {
  const t = useT()
  return (
    <div className="flex aspect-square w-full flex-col items-center justify-center gap-4 rounded-card border border-dashed border-line-strong p-6 text-center">
      <p className="text-sm text-ink-soft">{t('reason.qr_paused')}</p>
      <Button look="primary" busy={busy} onClick={onShow} data-testid="qr-show">
        <RefreshCw aria-hidden />
        {t('qr.show')}
      </Button>
    </div>
  )
}
