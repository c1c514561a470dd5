import { vcardOf, type MessageContent } from '@zaptria/contract'
import { expect, it } from 'vitest'
import { ANA, ANA_CHAT, BIA, SHOP, type Scenes } from './conformance-scene.ts'
import { newKey } from './testing.ts'

const card = (name: string, phone: string) => ({ name, vcard: vcardOf({ name, phone }) })
/** Each kind of content, with WhatsApp's type for it. */
const CONTENTS: [what: string, type: string, content: MessageContent][] = [
  [
    'a place',
    'location',
    { kind: 'location', latitude: -23.5614, longitude: -46.6559, name: 'MASP', address: 'Av. Paulista, 1578\nSão Paulo' },
  ],
  ['a place without a name', 'location', { kind: 'location', latitude: 0, longitude: 12.5 }],
  ['a contact', 'vcard', { kind: 'contacts', contacts: [card('Dr. Célia; Dentista', BIA)] }],
  ['several contacts', 'multi_vcard', { kind: 'contacts', contacts: [card('Bia', BIA), card('Ana', ANA)] }],
  ['a poll', 'poll_creation', { kind: 'poll', question: 'Que dia?', options: ['Sexta', 'Sábado', 'Domingo'], max_choices: 1 }],
  ['a poll of any number', 'poll_creation', { kind: 'poll', question: 'Sabores?', options: ['Uva', 'Manga'], max_choices: 2 }],
  ['a poll of some', 'poll_creation', { kind: 'poll', question: 'Dois de três?', options: ['a', 'b', 'c'], max_choices: 2 }],
]

/** Places, contacts and polls, in and out. Part of `describeEngine`, in its `messages`. */
export const movesContent = ({ withPaired }: Scenes): void => {
  it.each(CONTENTS)('reports %s that comes in', (_, type, content) =>
    withPaired(async ({ bot, scenario }) => {
      const sent = await scenario.sendFromContact({ account: SHOP, contact: ANA, content })
      const { message } = await bot.wait('message', (event) => event.message.waId === sent.id)
      expect(message).toMatchObject({ type, body: '', content })
      expect(message.content).toEqual(content)
    }),
  )

  it.each(CONTENTS)('sends %s under the key it is given', (_, type, content) =>
    withPaired(async ({ bot, scenario }) => {
      const waId = newKey()
      expect(await bot.send({ waId, chatId: ANA_CHAT, text: 'em palavras', content })).toMatchObject({ outcome: 'handed' })
      const sent = await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId, ack: 2 })
      expect(sent).toMatchObject({ type, body: '', quoted: null })
      expect(sent.content).toEqual(content)
      await bot.wait('ack', (event) => event.waId === waId && event.ack >= 1)
    }),
  )
}
