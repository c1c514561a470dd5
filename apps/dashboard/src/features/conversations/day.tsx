import { formatDay } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useLanguage } from '../../i18n/use-t.ts'
import type { ChatRow } from './rows.ts'

const PILL = 'rounded-full border bg-surface px-3 py-1 text-xs text-ink-soft shadow-xs first-letter:uppercase'

function useDay(at: string): string {
  const language = useLanguage()
  return formatDay(new Date(at), useNow(60_000), language)
}

/** The heading over a day's messages. */
export function Day({ at }: { at: string }) {
  return (
    <div className="flex justify-center pt-4 pb-1">
      <h3 className={PILL}>{useDay(at)}</h3>
    </div>
  )
}

/** While one scrolls: the day of what is at the top. For the eye only; it says nothing that the headings do not. */
export function FloatingDay({ row }: { row: ChatRow | undefined }) {
  if (row === undefined || row.startsDay) return null
  return <Floating at={row.message.at} />
}

function Floating({ at }: { at: string }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-2 flex justify-center" aria-hidden>
      <p className={PILL}>{useDay(at)}</p>
    </div>
  )
}
