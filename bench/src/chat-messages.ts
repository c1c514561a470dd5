import type { Message } from '@zaptria/contract'
import { makeMessage, type World } from '../../apps/dashboard/src/testing/world.ts'

const WORDS =
  'o pão de queijo sai do forno às seis e meia mas hoje a fornada atrasou um pouco quer que eu separe uma dúzia para você'.split(' ')
const MINUTE_MS = 60_000

const words = (from: number, many: number): string => Array.from({ length: many }, (_, nr) => WORDS[(from + nr) % WORDS.length]).join(' ')

/** A chat as busy shops have it: short and long, both sides, the bot, pictures and documents, quotes, reactions, some weeks of days. */
export function makeLongChat(world: World, many: number): void {
  const id = world.conversations[0]?.id ?? ''
  const begin = Date.now() - many * 4 * MINUTE_MS
  world.messages = []
  for (let nr = 0; nr < many; nr += 1) {
    const at = new Date(begin + nr * 4 * MINUTE_MS).toISOString()
    world.messages.push(makeMessage(id, words(nr, 1 + ((nr * 7) % 41)), { at, wa_id: `W${nr}`, ...side(nr), ...extra(nr, world.messages) }))
  }
}

const side = (nr: number): Partial<Message> =>
  nr % 3 === 0
    ? { from_me: true, author: nr % 2 === 0 ? 'flow' : 'person', status: nr % 4 === 0 ? 'read' : 'delivered' }
    : { from_me: false, author: 'contact', status: 'received' }

function extra(nr: number, before: readonly Message[]): Partial<Message> {
  const quoted = before.at(-3)
  if (nr % 11 === 5 && quoted !== undefined) {
    const { id, from_me, author, sender, type, body } = quoted
    return { quoted: quoted.wa_id, quoted_message: { id, from_me, author, sender, type, body } }
  }
  if (nr % 13 === 6) {
    const media = { kind: 'document', mimetype: 'application/pdf', filename: `nota-${nr}.pdf`, failure: null, mismatch: false } as const
    return { type: 'document', media: { ...media, state: 'stored' } }
  }
  if (nr % 17 === 8) {
    return { reactions: [{ emoji: '👍', from_me: false, sender: null, at: new Date().toISOString() }] }
  }
  return {}
}
