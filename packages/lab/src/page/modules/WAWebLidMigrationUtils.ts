import type { Wid } from '../app/ids.ts'
import type { Page } from '../app/page.ts'

export const make = ({ chats }: Page) => ({
  toPn: (wid: Wid): Wid | undefined => chats.phoneOf(wid),
  toLid: (wid: Wid): Wid | undefined => chats.lidOf(wid),
  toUserLid: (wid: Wid): Wid | undefined => chats.lidOf(wid),
})
