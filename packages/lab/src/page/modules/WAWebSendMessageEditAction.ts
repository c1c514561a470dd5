import type { MsgModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

/** The model has the new text when the server says so. */
export const make = ({ connection }: Page) => ({
  sendMessageEdit: async (msg: MsgModel, body: string, _options: object): Promise<void> => {
    const { id, remote, fromMe } = msg.id
    await connection.ask({ type: 'change', chat: String(remote), id, fromMe, deed: { kind: 'edit', body } })
  },
})
