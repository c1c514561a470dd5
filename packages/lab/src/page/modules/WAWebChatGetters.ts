import type { ChatModel } from '../app/models.ts'

export const make = () => ({
  getIsNewsletter: (chat: ChatModel): boolean => chat.id.isNewsletter(),
  getIsBroadcast: (chat: ChatModel): boolean => chat.id.isBroadcast(),
  getIsGroup: (chat: ChatModel): boolean => chat.id.isGroup(),
  getIsUser: (chat: ChatModel): boolean => chat.id.isUser(),
})
