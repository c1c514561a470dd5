import { Conversation, type Message } from '@zaptria/contract'
import type { z } from 'zod'
import { makeMessage, say, uuid, type World } from './world.ts'

const LONG = `Bom dia! ${'Queria saber se vocês fazem bolo de aniversário por encomenda, de chocolate com morango. '.repeat(4)}`
const UNBROKEN = `https://example.com/${'encomendas'.repeat(20)}`

/** A few conversations, and in the first one a message of each sort. */
export function talk(world: World): void {
  const [first] = world.conversations
  if (first === undefined) return
  say(world, 'connected', 'ready')
  const minutes = (ago: number): string => new Date(Date.now() - ago * 60_000).toISOString()
  let ago = 60
  const written = (body: string, change: Partial<z.input<typeof Message>> = {}): Message =>
    makeMessage(first.id, body, { at: minutes(ago--), wa_id: `wa${ago}`, ...change })
  const ours = { from_me: true, author: 'person', status: 'read' } as const
  const question = written(LONG)
  world.messages = [
    question,
    written('Fazemos sim! Com dois dias de antecedência.', {
      ...ours,
      quoted: 'wa59',
      quoted_message: { id: question.id, from_me: false, author: 'contact', sender: null, body: LONG.slice(0, 200), type: 'chat' },
      reactions: [
        { emoji: '❤️', from_me: false, sender: null, at: minutes(50) },
        { emoji: '👍', from_me: true, sender: null, at: minutes(50) },
      ],
    }),
    written(UNBROKEN),
    written('Obrigado! Recebemos a sua mensagem.', { ...ours, author: 'flow', status: 'delivered' }),
    written('', {
      type: 'location',
      content: {
        kind: 'location',
        latitude: -23.55,
        longitude: -46.63,
        name: 'Padaria Estrela',
        address: 'Rua das Flores, 100\nCentro, São Paulo',
      },
    }),
    written('', {
      type: 'vcard',
      content: { kind: 'contacts', contacts: [{ name: 'Bia Lima', vcard: 'BEGIN:VCARD\nTEL:+55 11 97777-6666\nEND:VCARD' }] },
    }),
    written('', {
      ...ours,
      type: 'poll_creation',
      content: { kind: 'poll', question: 'Qual sabor?', options: ['Chocolate', 'Morango', 'Os dois'], max_choices: 1 },
    }),
    written('foto do bolo', { type: 'image', media: media('image', 'failed') }),
    written('', {
      type: 'document',
      media: {
        ...media('document', 'stored'),
        filename: 'orçamento do bolo de aniversário da Ana, versão final.pdf',
        mimetype: 'application/pdf',
      },
    }),
    written('', { deleted_at: minutes(5) }),
    written('Sai às 10 h.', { ...ours, edited_at: minutes(5) }),
    written('Não chegou', { ...ours, status: 'failed', failure: { reason: 'not_on_whatsapp', detail: null } }),
    written('Chegou?', { ...ours, status: 'unknown', failure: { reason: 'unconfirmed', detail: null } }),
    written('Lembrete: o bolo sai amanhã.', { ...ours, wa_id: null, status: 'scheduled', send_at: minutes(-60) }),
    written('Já vai', { ...ours, status: 'accepted' }),
  ]
  world.conversations = [
    { ...first, unread: 0, last_message: { body: 'Já vai', from_me: true, at: minutes(1), type: 'chat' } },
    ...['Bia Lima', 'Grupo da família e dos amigos da Padaria Estrela de São José dos Campos', null].map((name, index) =>
      Conversation.parse({
        ...first,
        id: uuid(),
        contact: { ...first.contact, id: uuid(), name, phone: `551198888000${index}` },
        answering: index === 0 ? 'person' : 'bot',
        stuck: index === 1,
        unsent: index === 0,
        unread: index * 60,
        last_message: {
          body: index === 2 ? UNBROKEN : LONG,
          from_me: false,
          at: minutes(60 * 20 * (index + 1)),
          type: index === 2 ? 'image' : 'chat',
        },
      }),
    ),
  ]
}

const media = (kind: 'image' | 'document', state: 'stored' | 'failed'): NonNullable<Message['media']> => ({
  mimetype: kind === 'image' ? 'image/jpeg' : 'application/pdf',
  size_bytes: 20_000,
  kind,
  state,
  failure: state === 'failed' ? 'gone' : null,
  mismatch: false,
})
