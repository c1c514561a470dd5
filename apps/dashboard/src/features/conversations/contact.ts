import type { Conversation, Message } from '@zaptria/contract'
import { formatPhone } from '../../format/phone.ts'
import type { Translate } from '../../i18n/use-t.ts'

/** What to call a contact: the name, else the number, else that it is a group, or that we know neither. */
export function contactName({ contact }: Pick<Conversation, 'contact'>, t: Translate): string {
  if (contact.name !== null && contact.name !== '') return contact.name
  if (contact.group !== null) return t('contact.group')
  return contact.phone === null ? t('contact.nameless') : formatPhone(contact.phone)
}

/** The line under the name; null when the name is the number already. */
export function contactNumber({ contact }: Pick<Conversation, 'contact'>, t: Translate): string | null {
  if (contact.group !== null) return contact.name === null || contact.name === '' ? null : t('contact.group')
  if (contact.phone === null) return contact.name === null ? null : t('contact.hidden-number')
  return contact.name === null || contact.name === '' ? null : formatPhone(contact.phone)
}

/** Who wrote it in a group; null where the contact says so. */
export function senderName({ sender }: Pick<Message, 'sender'>, t: Translate): string | null {
  if (sender === null) return null
  if (sender.name !== null && sender.name !== '') return sender.name
  return sender.phone === null ? t('contact.nameless') : formatPhone(sender.phone)
}
