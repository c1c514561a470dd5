import { MsgKey } from '../app/ids.ts'
import { MsgModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

export const make = ({ chats, me }: Page) => ({
  /** The quoted message itself when it is in memory, else what the reply carries of it. */
  getQuotedMsgObj: (msg: MsgModel): MsgModel | null => {
    if (!msg.quotedMsg || msg.quotedStanzaID === undefined || !msg.quotedParticipant) return null
    const fromMe = String(msg.quotedParticipant) === me?.id || String(msg.quotedParticipant) === me?.lid
    const known = chats.byId(msg.quotedStanzaID, fromMe)
    if (known) return known
    const id = new MsgKey({ fromMe, remote: msg.id.remote, id: msg.quotedStanzaID })
    return new MsgModel({
      ...msg.quotedMsg,
      id,
      from: msg.quotedParticipant,
      to: fromMe ? msg.id.remote : msg.to,
      t: msg.t,
      ack: 3,
      links: [],
      isNewMsg: false,
    })
  },
})
