import { useLanguage } from '../i18n/use-t.ts'
import { formatExact, formatRelative } from './time.ts'
import { useNow } from './use-now.ts'

/** "há 5 minutos", with the exact time on hover and for machines. */
export function TimeAgo({ at, short = false }: { at: string; short?: boolean }) {
  const language = useLanguage()
  const now = useNow(10_000)
  const date = new Date(at)
  return (
    <time dateTime={at} title={formatExact(date, language)}>
      {formatRelative(date > now ? now : date, now, language, short ? 'short' : 'long')}
    </time>
  )
}
