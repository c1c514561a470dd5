import type { Language } from '../i18n/language.ts'

export type TimeZone = { id: string; label: string }

/** Where most of our customers are: before all others. */
const BRAZIL = [
  'America/Sao_Paulo',
  'America/Araguaina',
  'America/Bahia',
  'America/Belem',
  'America/Boa_Vista',
  'America/Campo_Grande',
  'America/Cuiaba',
  'America/Eirunepe',
  'America/Fortaleza',
  'America/Maceio',
  'America/Manaus',
  'America/Noronha',
  'America/Porto_Velho',
  'America/Recife',
  'America/Rio_Branco',
  'America/Santarem',
]

/** Zones by their names, which are the same in every language, with what they are ahead of or behind UTC now; `known` is among them in any case. */
export function timeZones(known: string, language: Language, now: Date): { brazil: TimeZone[]; others: TimeZone[] } {
  const zoneOf = (id: string): TimeZone => {
    const offset = new Intl.DateTimeFormat(language, { timeZone: id, timeZoneName: 'shortOffset' })
      .formatToParts(now)
      .find(({ type }) => type === 'timeZoneName')?.value
    return { id, label: `${id.replaceAll('_', ' ')} (${offset ?? ''})` }
  }
  const all = new Set([known, ...Intl.supportedValuesOf('timeZone')])
  return {
    brazil: BRAZIL.map(zoneOf),
    others: [...all]
      .filter((id) => !BRAZIL.includes(id))
      .toSorted()
      .map(zoneOf),
  }
}
