import type { Language } from '../i18n/language.ts'

/** Made once for each language: making one takes as long as using it a hundred times, and a chat uses two for each message. */
function made<T>(make: (language: Language) => T): (language: Language) => T {
  const byLanguage = new Map<Language, T>()
  return (language) => {
    const known = byLanguage.get(language) ?? make(language)
    byLanguage.set(language, known)
    return known
  }
}

const dates = (options: Intl.DateTimeFormatOptions) => made((language) => new Intl.DateTimeFormat(language, options))
const relative = made((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }))
const shortRelative = made((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }))
const hours = dates({ hour: '2-digit', minute: '2-digit' })
const exact = dates({ dateStyle: 'short', timeStyle: 'medium' })
const plain = dates({ dateStyle: 'short', timeStyle: 'short' })
const daysOfYear = dates({ day: 'numeric', month: 'long' })
const days = dates({ day: 'numeric', month: 'long', year: 'numeric' })
const shortDays = dates({ day: '2-digit', month: '2-digit', year: '2-digit' })

export const formatTime = (at: Date, language: Language): string => hours(language).format(at)

/** With its seconds: for whoever wants to know exactly. */
export const formatExact = (at: Date, language: Language): string => exact(language).format(at)

export const formatDateTime = (at: Date, language: Language): string => plain(language).format(at)

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
}

/** The heading over a day's messages: "hoje", "ontem", else the date. */
export function formatDay(at: Date, now: Date, language: Language): string {
  const ago = Math.round((startOfDay(at) - startOfDay(now)) / 86_400_000)
  if (ago === 0 || ago === -1) return relative(language).format(ago, 'day')
  const sameYear = at.getFullYear() === now.getFullYear()
  return (sameYear ? daysOfYear : days)(language).format(at)
}

/** In a list: the time for today, "ontem", else the short date. */
export function formatListTime(at: Date, now: Date, language: Language): string {
  if (startOfDay(at) === startOfDay(now)) return formatTime(at, language)
  if (startOfDay(now) - startOfDay(at) <= 86_400_000 + 3_600_000) return formatDay(at, now, language)
  return shortDays(language).format(at)
}

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** "há 5 minutos", "in 2 hours"; short "há 5 min". Under ten seconds it is "agora" / "now". */
export function formatRelative(at: Date, now: Date, language: Language, style: 'long' | 'short' = 'long'): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const format = (style === 'short' ? shortRelative : relative)(language)
  if (Math.abs(seconds) < 10) return format.format(0, 'second')
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? (['second', 1] as const)
  return format.format(Math.trunc(seconds / size), unit)
}

/** By so much a page's clock may be behind: it is looked at now and then, and the server's is another. */
const BEHIND_MS = 20_000

/** How long until then, in hours and minutes: "1 h 59 min". Not less than there is, but a pause of two hours that was just set is "2 h"; null once it has come. */
export function formatUntil(at: Date, now: Date, language: Language): string | null {
  const left = at.getTime() - now.getTime()
  return left <= 0 ? null : formatSpan(Math.max(1, Math.ceil((left - BEHIND_MS) / 60_000)) * 60, language)
}

/** A span in its two largest units: "2 h 5 min". */
export function formatSpan(seconds: number, language: Language): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor((whole % 86_400) / 3600), 'hour'],
    [Math.floor((whole % 3600) / 60), 'minute'],
    [whole % 60, 'second'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first === -1 ? 3 : first)
    .slice(0, 2)
    .filter(([amount], index) => amount > 0 || index === 0)
    .map(([amount, unit]) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(amount))
    .join(' ')
}
