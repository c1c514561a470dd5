import { BotState, MessageStatus, Subscription } from '@zaptria/contract'
import { useT } from '../../i18n/use-t.ts'
import { Status } from '../../ui/status.tsx'
import { ConnectProgress } from '../bot/connect-progress.tsx'
import { QrCode } from '../bot/qr-code.tsx'
import { summarizeState } from '../bot/summary.ts'
import { Ticks } from '../conversations/ticks.tsx'
import { SubscriptionBadge } from '../tenants/subscription.tsx'
import { Sample, Section, State, States } from './sample.tsx'

/** What several pages share, beyond `src/ui`. */
export function Product() {
  const t = useT()
  return (
    <Section title={t('design.product')}>
      <Sample of="BotStatus">
        <States>
          {BotState.options.map((state) => {
            const { tone, title } = summarizeState({ state, reason: 'boot' })
            return (
              <State key={state} name={state}>
                <Status tone={tone}>{t(title)}</Status>
              </State>
            )
          })}
        </States>
      </Sample>
      <Sample of="ConnectProgress">
        {(['starting', 'qr_ready', 'pairing', 'syncing', 'connected'] as const).map((state) => (
          <ConnectProgress key={state} state={state} />
        ))}
      </Sample>
      <Sample of="SubscriptionBadge">
        <States>
          {Subscription.options.map((each) => (
            <State key={each} name={each}>
              <SubscriptionBadge subscription={each} />
            </State>
          ))}
          <State name="small">
            <SubscriptionBadge subscription="past_due" small />
          </State>
        </States>
      </Sample>
      <Sample of="Ticks">
        <States>
          {MessageStatus.options
            .filter((status) => status !== 'received')
            .map((status) => (
              <State key={status} name={status}>
                <Ticks status={status} />
              </State>
            ))}
        </States>
      </Sample>
      <Sample of="QrCode">
        <div className="w-48 rounded-card border bg-white p-2">
          <QrCode text="2@zaptria" />
        </div>
      </Sample>
    </Section>
  )
}
