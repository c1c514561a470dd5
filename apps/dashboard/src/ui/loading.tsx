import { useT } from '../i18n/use-t.ts'
import { cn } from './cn.ts'

/** Grey bars where content will be. Said aloud once, not seen by people who read the screen. */
export function Loading({ lines = 3, className }: { lines?: number; className?: string }) {
  const t = useT()
  return (
    <div role="status" className={cn('space-y-3 p-4', className)}>
      <span className="sr-only">{t('common.loading')}</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="h-5 animate-pulse rounded bg-sunken" style={{ width: `${92 - ((index * 23) % 40)}%` }} />
      ))}
    </div>
  )
}
