import { useEffect, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'

/** Seconds left until `endsAtTick` (`performance.now()`), never below 0. Calls `onEnd` once when it runs out. */
export function Countdown({ endsAtTick, onEnd }: { endsAtTick: number; onEnd: () => void }) {
  const t = useT()
  const left = () => Math.max(0, Math.ceil((endsAtTick - performance.now()) / 1000))
  const [seconds, setSeconds] = useState(left)
  useEffect(() => {
    setSeconds(left())
    const timer = setInterval(() => setSeconds(left()), 250)
    const end = setTimeout(onEnd, Math.max(0, endsAtTick - performance.now()) + 300)
    return () => {
      clearInterval(timer)
      clearTimeout(end)
    }
    // oxlint-disable-next-line react/exhaustive-deps
  }, [endsAtTick])
  return (
    <p className="text-center text-sm text-ink-soft tabular-nums" data-testid="qr-countdown">
      {seconds > 0 ? t('qr.renews-in', { seconds }) : t('qr.renewing')}
    </p>
  )
}
