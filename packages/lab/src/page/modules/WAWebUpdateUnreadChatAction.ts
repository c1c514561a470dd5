import type { ChatModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

/** The contact's ticks turn blue. */
export const make = ({ connection }: Page) => ({
  sendSeen: async ({ chat }: { chat: ChatModel }): Promise<void> => {
    if (chat.unreadCount === 0) return
    chat.set({ unreadCount: 0 })
    connection.send({ type: 'seen', chat: String(chat.id) })
  },
})
