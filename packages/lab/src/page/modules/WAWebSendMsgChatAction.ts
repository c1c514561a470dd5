import type { Attributes } from '../app/model.ts'
import type { ChatModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

export const make = ({ outbox }: Page) => ({
  addAndSendMsgToChat: (chat: ChatModel, message: Attributes) => outbox.add(chat, message),
})
