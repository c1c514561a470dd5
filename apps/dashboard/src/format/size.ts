import type { Language } from '../i18n/language.ts'

const KIB = 1024
const MIB = KIB * KIB

/** A file's size: "12 kB", "1,5 MB". Rounded up, so that what is beyond a limit never looks as if it were not. */
export function formatSize(bytes: number, language: Language): string {
  const [unit, amount] =
    bytes < MIB ? (['kilobyte', Math.ceil(bytes / KIB)] as const) : (['megabyte', Math.ceil((bytes / MIB) * 10) / 10] as const)
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(amount)
}
