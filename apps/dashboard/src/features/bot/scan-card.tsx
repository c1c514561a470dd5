import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Bot } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { PairingLinkButton } from '../pairing/pairing-link-button.tsx'
import { pairByPhone, qrQuery } from './bot.ts'
import { ConnectProgress } from './connect-progress.tsx'
import { LiveQr, PausedQr } from './live-qr.tsx'
import { PairByPhone } from './pair-by-phone.tsx'
import { ScanSteps } from './scan-steps.tsx'

/** The QR to scan, or the code to type, with what to tap on the phone. */
export function ScanCard({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const queryClient = useQueryClient()
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
            <LiveQr
              text={qr.data?.qr_code ?? null}
              endsAtTick={qr.data?.endsAtTick ?? null}
              onEnd={() => void queryClient.invalidateQueries({ queryKey: keys.bot(tenant, 'qr') })}
            />
          )}
        </div>
        <div className="space-y-5">
          <ScanSteps byPhone={byPhone} />
          {byPhone ? (
            <PairByPhone
              code={qr.data?.pairing_code ?? null}
              ask={async (phone) => {
                await pairByPhone(tenant, phone)
                await queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
              }}
              onBack={() => setByPhone(false)}
            />
          ) : (
            <div className="flex flex-wrap gap-2">
              <Button size="sm" onClick={() => setByPhone(true)} data-testid="pair-by-phone">
                {t('scan.by-phone')}
              </Button>
              <PairingLinkButton tenant={tenant} />
            </div>
          )}
        </div>
      </div>
    </Card>
  )
}
