import type { MsgModel } from '../app/models.ts'

const MINUTE_S = 60

/** What the page offers for a message: WhatsApp's own limits, by the message's time. */
export const make = () => {
  const age = (msg: MsgModel): number => Date.now() / 1000 - msg.t
  const sent = (msg: MsgModel): boolean => msg.id.fromMe && msg.ack >= 1 && msg.type !== 'revoked'
  return {
    canEditText: (msg: MsgModel): boolean => sent(msg) && msg.type === 'chat' && age(msg) < 15 * MINUTE_S,
    canEditCaption: (_msg: MsgModel): boolean => false,
    canSenderRevokeMsg: (msg: MsgModel): boolean => sent(msg) && age(msg) < 60 * 60 * MINUTE_S,
    canAdminRevokeMsg: (_msg: MsgModel): boolean => false,
  }
}
