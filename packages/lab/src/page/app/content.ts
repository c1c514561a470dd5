import type { Content } from '../../domain/types.ts'
import type { Outgoing } from '../../wire/frames.ts'
import type { Attributes } from './model.ts'
import type { MsgModel } from './models.ts'

/** Of a place the body is a picture of the map; nobody here looks at it. */
const map = '/9j/4AAQSkZJRgABAQAAAQABAAD/'

/** Content as the page's model of a message carries it. */
export const contentAttributes = (content: Content | null | undefined): Attributes => {
  if (content === null || content === undefined) return {}
  switch (content.kind) {
    case 'location':
      return {
        body: map,
        lat: content.latitude,
        lng: content.longitude,
        loc: [content.name, content.address].filter(Boolean).join('\n') || undefined,
        isLive: false,
      }
    case 'contacts': {
      const [first] = content.contacts
      if (content.contacts.length === 1) return { body: first?.vcard, vcardFormattedName: first?.name }
      return { body: undefined, vcardList: content.contacts.map(({ name, vcard }) => ({ displayName: name, vcard })) }
    }
    case 'poll':
      return {
        body: undefined,
        kind: 'pollCreation',
        pollName: content.question,
        pollOptions: content.options.map((name, localId) => ({ name, localId })),
        pollSelectableOptionsCount: content.max_choices >= content.options.length ? 0 : content.max_choices,
      }
    default:
      return content satisfies never
  }
}

const refuse = (why: string): never => {
  throw new Error(`msg error: ${why}`)
}
const list = (value: unknown): Attributes[] => (Array.isArray(value) ? (value as Attributes[]) : [])
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** What a client made a message of, as the server is told it. The real page builds a protobuf of it, and throws where that cannot be done. */
export const contentOf = (msg: MsgModel): Pick<Outgoing, 'content'> => {
  switch (msg.type) {
    case 'location': {
      const { lat, lng, loc } = msg
      if (!Number.isFinite(lat) || !Number.isFinite(lng)) return refuse('a location needs lat and lng')
      const [name = '', ...rest] = (loc ?? '').split('\n')
      const address = rest.join('\n')
      const named = { ...(name === '' ? {} : { name }), ...(address === '' ? {} : { address }) }
      return { content: { kind: 'location', latitude: Number(lat), longitude: Number(lng), ...named } }
    }
    case 'vcard':
      if (!isText(msg.vcardFormattedName)) return refuse('a card needs vcardFormattedName')
      return { content: { kind: 'contacts', contacts: [card(msg.vcardFormattedName, msg.body)] } }
    case 'multi_vcard': {
      const cards = list(msg.vcardList)
      if (cards.length < 2) return refuse('several cards are two at the least')
      return { content: { kind: 'contacts', contacts: cards.map(({ displayName, vcard }) => card(displayName, vcard)) } }
    }
    case 'poll_creation':
      return { content: pollOf(msg) }
    default:
      return {}
  }
}

const card = (name: unknown, vcard: unknown): { name: string; vcard: string } => {
  if (!isText(vcard) || !vcard.startsWith('BEGIN:VCARD')) return refuse('a card is a vCard')
  return { name: isText(name) ? name : '', vcard }
}

const pollOf = (msg: MsgModel): Content => {
  const options = list(msg.pollOptions)
  if (msg.kind !== 'pollCreation') return refuse('a poll is of the kind pollCreation')
  if (!isText(msg.pollName)) return refuse('a poll needs a name')
  if (options.some((option, index) => !isText(option['name']) || option['localId'] !== index))
    return refuse('an option is a name and its place')
  if (!(msg.messageSecret instanceof Uint8Array) || msg.messageSecret.length !== 32) return refuse('a poll needs a secret of 32 bytes')
  const most = msg.pollSelectableOptionsCount
  if (!Number.isInteger(most)) return refuse('a poll needs pollSelectableOptionsCount')
  const names = options.map((option) => String(option['name']))
  return { kind: 'poll', question: msg.pollName, options: names, max_choices: Number(most) || names.length }
}
