import type { ChatModel, MsgModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

/** The page's own commands and events: `logout`, `logout_from_bridge`, `offline_progress_update_from_bridge`. */
export const make = ({ cmd, connection }: Page) => ({
  Cmd: Object.assign(cmd, {
    refreshQR: () => connection.send({ type: 'refresh_qr' }),
    sendRevokeMsgs: async (
      chat: ChatModel,
      msgs: { list: MsgModel[]; type: 'message' },
      _options: { clearMedia: boolean },
    ): Promise<void> => {
      if (!Array.isArray(msgs.list) || msgs.type !== 'message') throw new TypeError('sendRevokeMsgs wants {list, type}')
      for (const { id } of msgs.list)
        await connection.ask({ type: 'change', chat: String(chat.id), id: id.id, fromMe: id.fromMe, deed: { kind: 'revoke' } })
    },
  }),
})
