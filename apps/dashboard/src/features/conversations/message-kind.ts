import { Ban, ChartBarBig, File, Image, MapPin, Mic, Sticker, UserRound, Video, type LucideIcon } from 'lucide-react'
import type { MessageId } from '../../i18n/messages.ts'

/** WhatsApp's types that are not plain text, in words. Anything new is a "message". */
const KINDS: Record<string, { icon: LucideIcon; text: MessageId }> = {
  image: { icon: Image, text: 'kind.image' },
  video: { icon: Video, text: 'kind.video' },
  gif: { icon: Video, text: 'kind.video' },
  ptt: { icon: Mic, text: 'kind.voice' },
  audio: { icon: Mic, text: 'kind.audio' },
  document: { icon: File, text: 'kind.document' },
  sticker: { icon: Sticker, text: 'kind.sticker' },
  location: { icon: MapPin, text: 'kind.location' },
  live_location: { icon: MapPin, text: 'kind.location' },
  poll_creation: { icon: ChartBarBig, text: 'kind.poll' },
  vcard: { icon: UserRound, text: 'kind.contact' },
  revoked: { icon: Ban, text: 'message.deleted' },
  multi_vcard: { icon: UserRound, text: 'kind.contact' },
}

/** Null for text. */
export function messageKind(type: string): { icon: LucideIcon; text: MessageId } | null {
  if (type === 'chat' || type === 'text') return null
  return KINDS[type] ?? { icon: File, text: 'kind.other' }
}
