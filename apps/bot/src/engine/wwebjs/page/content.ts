import type { MessageContent } from '@zaptria/contract'
import type { PageModule } from './compat.ts'
import type { BridgeWindow } from './bridge.ts'

export type Content = {
  /** What a message says beside text and files, as the page says it; null when that is nothing. */
  read: (message: PageModule) => MessageContent | null
  /** What a message that says so is made of. */
  attributes: (content: MessageContent) => PageModule
  /** What an answer to a message carries of it; nothing when WhatsApp lets nobody answer it. */
  quoting: (message: PageModule, chat: PageModule) => PageModule
}

/** Runs inside WhatsApp's page, as text, before the bridge: locations, contact cards, polls, quotes. */
export const installContent = (window: BridgeWindow): void => {
  const zaptria = window.zaptria
  if (!zaptria?.compat || zaptria.content) return
  const { module } = zaptria.compat
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const list = (value: unknown): PageModule[] => (Array.isArray(value) ? value : [])

  const read = (message: PageModule): MessageContent | null => {
    switch (message.type) {
      case 'location':
      case 'live_location': {
        const [name = '', ...rest] = text(message.loc).split('\n')
        const address = rest.join('\n')
        return {
          kind: 'location',
          latitude: Number(message.lat),
          longitude: Number(message.lng),
          ...(name === '' ? {} : { name }),
          ...(address === '' ? {} : { address }),
        }
      }
      case 'vcard':
        return { kind: 'contacts', contacts: [{ name: text(message.vcardFormattedName), vcard: text(message.body) }] }
      case 'multi_vcard':
        return {
          kind: 'contacts',
          contacts: list(message.vcardList).map((each) => ({ name: text(each?.displayName), vcard: text(each?.vcard) })),
        }
      case 'poll_creation': {
        const options = list(message.pollOptions).map((each) => text(each?.name))
        // 0 = as many as there are.
        const most = Number(message.pollSelectableOptionsCount) || options.length
        return { kind: 'poll', question: text(message.pollName), options, max_choices: Math.max(1, Math.min(most, options.length)) }
      }
      default:
        return null
    }
  }

  const attributes = (content: MessageContent): PageModule => {
    switch (content.kind) {
      case 'location': {
        const { latitude, longitude, name, address } = content
        return { type: 'location', lat: latitude, lng: longitude, loc: [name, address].filter(Boolean).join('\n') || undefined }
      }
      case 'contacts': {
        const [first] = content.contacts
        if (content.contacts.length === 1) return { type: 'vcard', body: first?.vcard, vcardFormattedName: first?.name }
        const vcardList = content.contacts.map(({ name, vcard }) => ({ displayName: name, vcard }))
        return { type: 'multi_vcard', body: null, vcardList }
      }
      case 'poll': {
        const { question, options, max_choices } = content
        return {
          kind: 'pollCreation',
          type: 'poll_creation',
          pollName: question,
          pollOptions: options.map((name, localId) => ({ name, localId })),
          pollSelectableOptionsCount: max_choices >= options.length ? 0 : max_choices,
          messageSecret: crypto.getRandomValues(new Uint8Array(32)),
        }
      }
      default:
        return content satisfies never
    }
  }

  const quoting = (message: PageModule, chat: PageModule): PageModule => {
    const can = module('WAWebMsgReply')?.canReplyMsg
    return can && !can(message.unsafe?.() ?? message) ? {} : message.msgContextInfo(chat)
  }

  window.zaptria = { ...zaptria, content: { read, attributes, quoting } }
}
