import type { MessageContent } from '@zaptria/contract'
import type { IdsFound } from './compat.ts'

/** What the page tells, through one exposed function; parsed on our side by reports.ts. */
export type PageMessage = {
  waId: string
  chatId: string
  fromMe: boolean
  sender: string
  phone: string | null
  lid: string | null
  body: string
  timestamp: number
  /** The page's own numbers for the order of arrival, over all chats; a page may lack either, or a message. */
  rowId: number | null
  receivedMs: number | null
  type: string
  ack: number
  pushName: string | null
  subject: string | null
  quoted: string | null
  media: { mimetype: string; filename: string | null; size: number | null; /** Base64. */ filehash: string | null } | null
  content: MessageContent | null
}
export type PageRef = { waId: string; chatId: string; fromMe: boolean; sender: string }
export type PageSend = {
  waId: string
  chats: string[]
  text: string
  file: { handle: string; kind: string } | null
  content: MessageContent | null
  quoted: PageRef | null
}
export type PageStatus = { state: string | null; hasSynced: boolean; listening: boolean }
export type PageMe = { number: string | null; name: string | null }
export type PageProbe = { pageVersion: string | null; missing: string[]; ids: IdsFound }
