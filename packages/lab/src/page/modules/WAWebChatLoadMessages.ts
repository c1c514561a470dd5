import type { ChatModel, MsgModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

export const make = ({ chats }: Page) => ({
  loadEarlierMsgs: ({ chat }: { chat: ChatModel }): Promise<MsgModel[]> => chats.loadEarlier(chat),
})
