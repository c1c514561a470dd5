import { StateReason, type AlertKind } from '@zaptria/contract'
import { formatPhone } from '../../format/phone.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** What an alert's detail comes to in the person's language; null where it is a fact for whoever looks, and stays as it is. */
export function factText(kind: AlertKind, detail: string, t: Translate): string | null {
  // As the control plane writes it: due/numbers.ts.
  const [, digits, names] = (kind === 'number_shared' && /^\+(\d+): (.+)$/s.exec(detail)) || []
  return digits === undefined || names === undefined ? null : t('alert.number_shared.who', { number: formatPhone(digits), names })
}

/** Some alerts begin with a bot's reason: that has a sentence. */
export function detailText(kind: AlertKind, detail: string, t: Translate): string {
  const fact = factText(kind, detail, t)
  if (fact !== null) return fact
  const [, word = '', facts = ''] = /^(\w+)(?:: (.*))?$/s.exec(detail) ?? []
  const reason = StateReason.safeParse(word)
  if (!reason.success) return detail
  const sentence = t(`reason.${reason.data}`)
  return facts === '' ? sentence : `${sentence} (${facts})`
}
