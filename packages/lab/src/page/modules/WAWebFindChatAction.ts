import type { Wid } from '../app/ids.ts'
import type { ChatModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

export const make = ({ chats }: Page) => ({
  findOrCreateLatestChat: (wid: Wid): Promise<{ chat: ChatModel; created: boolean }> => chats.findOrCreate(wid),
})
