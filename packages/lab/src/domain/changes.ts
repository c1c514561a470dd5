import { findMessage } from './messages.ts'
import { LabError } from './problem.ts'
import type { Account, Message } from './types.ts'
import type { World } from './world.ts'

/** WhatsApp's limits, counted from the message's own time. */
export const EDIT_WITHIN_S = 15 * 60
export const REVOKE_WITHIN_S = 60 * 3600

/** Who does it: the account's owner or one of its devices, or somebody out there under the id that their chat has. */
export type By = { fromMe: boolean; sender: string }
export type Deed = { kind: 'react'; emoji: string } | { kind: 'edit'; body: string } | { kind: 'revoke' }

/** Does something to a message, as WhatsApp would: refuses what it refuses, and the same again changes nothing. */
export const change = (
  world: World,
  account: Account,
  name: { chat: string; id: string; fromMe?: boolean },
  by: By,
  deed: Deed,
): Message => {
  const message = findMessage(world, account, name.chat, name.id, name.fromMe)
  if (!message) throw new LabError(`there is no message ${name.id} in ${name.chat}`)
  if (deed.kind === 'revoke' && message.type === 'revoked') return message
  if (message.type === 'revoked') throw new LabError('it was deleted for everyone')
  if (deed.kind !== 'react' && !wrote(message, by)) throw new LabError('only who wrote it may do that')
  const changed = apply(world, message, by, deed)
  if (!changed) return message
  message.changedSeq = world.nextSeq()
  world.changed({ type: 'changed', account: account.number, chat: message.chat, message })
  return message
}

const wrote = (message: Message, by: By): boolean =>
  message.fromMe === by.fromMe && (message.fromMe || message.author === null || message.author === by.sender)

const apply = (world: World, message: Message, by: By, deed: Deed): boolean => {
  const age = world.now() / 1000 - message.t
  switch (deed.kind) {
    case 'react': {
      const before = message.reactions?.find((one) => one.fromMe === by.fromMe && one.sender === by.sender)
      if ((before?.emoji ?? '') === deed.emoji) return false
      // Times of one person's only grow, however fast they are. One that was taken back stays, empty: devices hear of that too.
      const at = Math.max(world.now(), (before?.at ?? 0) + 1)
      message.reactions = [...(message.reactions ?? []).filter((one) => one !== before), { ...by, emoji: deed.emoji, at }]
      return true
    }
    case 'edit':
      if (message.type !== 'chat') throw new LabError('only text is edited')
      if (message.body === deed.body) return false
      if (age > EDIT_WITHIN_S) throw new LabError('it is too old to be edited')
      message.body = deed.body
      message.editedAt = Math.max(world.now(), (message.editedAt ?? 0) + 1)
      return true
    case 'revoke':
      if (age > REVOKE_WITHIN_S) throw new LabError('it is too old to be deleted for everyone')
      Object.assign(message, { type: 'revoked', body: '', media: null, quoted: null, reactions: [], revokedAt: world.now() })
      return true
    default:
      return deed satisfies never
  }
}
