import { WifiOff } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'

/** Says that the server is not heard, for as long as it is not. */
export function ConnectionBar({ up }: { up: boolean }) {
  const t = useT()
  return (
    <div role="status">
      {!up && (
        <p data-testid="live-down" className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-1.5 text-sm text-warn">
          <WifiOff className="size-4 shrink-0" aria-hidden />
          {t('live.down')}
        </p>
      )}
    </div>
  )
}
