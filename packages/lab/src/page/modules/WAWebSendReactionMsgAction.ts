import type { MsgModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

/** An empty emoji takes the reaction back. */
export const make = ({ connection }: Page) => ({
  sendReactionToMsg: async (msg: MsgModel, emoji: string): Promise<void> => {
    const { id, remote, fromMe } = msg.id
    await connection.ask({ type: 'change', chat: String(remote), id, fromMe, deed: { kind: 'react', emoji } })
  },
})
