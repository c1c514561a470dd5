import { WifiOff } from 'lucide-react'
import { useEffect } from 'react'
import { useServerAway } from '../api/reach.ts'
import { useT } from '../i18n/use-t.ts'
import { Loading } from './loading.tsx'

const GIVE_UP_MS = 5000

/** In the place of a page, or of a part of one, whose program is on its way; it comes by itself when the server is there again. */
export function PartLoading({ lines, away = false }: { lines: number; away?: boolean }) {
  const t = useT()
  const isAway = useServerAway()
  if (!away && !isAway) return <Loading lines={lines} />
  return (
    <p role="status" data-testid="part-away" className="flex items-center gap-2 rounded-control bg-warn-soft px-4 py-3 text-sm text-warn">
      <WifiOff className="size-4 shrink-0" aria-hidden />
      {t('live.part')}
    </p>
  )
}

/** While a dialog's program is on its way. Where it does not come soon nobody waits for it any more: it would open in the middle of something else. */
export function DialogLoading({ onGiveUp }: { onGiveUp: () => void }) {
  return useServerAway() ? <DialogAway onGone={onGiveUp} /> : null
}

/** Says that a dialog cannot be opened now, for a moment. */
export function DialogAway({ onGone }: { onGone: () => void }) {
  const t = useT()
  useEffect(() => {
    const timer = setTimeout(onGone, GIVE_UP_MS)
    return () => clearTimeout(timer)
  }, [onGone])
  return (
    <p
      role="status"
      data-testid="dialog-away"
      className="fixed inset-x-4 bottom-6 z-modal mx-auto flex w-fit items-center gap-2 rounded-control bg-warn-soft px-4 py-2 text-sm text-warn shadow-float"
    >
      <WifiOff className="size-4 shrink-0" aria-hidden />
      {t('live.dialog')}
    </p>
  )
}
