import { RefreshCw } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Countdown } from './countdown.tsx'
import { QrCode } from './qr-code.tsx'

/** The QR of the moment; `onEnd` when it has run out. */
export function LiveQr({ text, endsAtTick, onEnd }: { text: string | null; endsAtTick: number | null; onEnd: () => void }) {
  const t = useT()
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
      {endsAtTick !== null && <Countdown endsAtTick={endsAtTick} onEnd={onEnd} />}
    </>
  )
}

/** Nobody scanned for long. */
export function PausedQr({ busy, onShow }: { busy: boolean; onShow: () => void }) {
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
