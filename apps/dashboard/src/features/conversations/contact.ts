import type { Conversation } from '@zaptria/contract'
import { formatPhone } from '../../format/phone.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** What to call a contact: the name, else the number, else that we know neither. */
export function contactName({ contact }: Pick<Conversation, 'contact'>, t: Translate): string {
  if (contact.name !== null && contact.name !== '') return contact.name
  return contact.phone === null ? t('contact.nameless') : formatPhone(contact.phone)
}

/** The line under the name; null when the name is the number already. */
export function contactNumber({ contact }: Pick<Conversation, 'contact'>, t: Translate): string | null {
  if (contact.phone === null) return contact.name === null ? null : t('contact.hidden-number')
  return contact.name === null || contact.name === '' ? null : formatPhone(contact.phone)
}
