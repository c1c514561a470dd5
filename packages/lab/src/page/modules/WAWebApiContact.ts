import type { Wid } from '../app/ids.ts'
import type { Page } from '../app/page.ts'

/** The map between phones and LIDs. */
export const make = ({ chats }: Page) => ({
  getPhoneNumber: (wid: Wid): Wid | undefined => chats.phoneOf(wid),
  getCurrentLid: (wid: Wid): Wid | undefined => chats.lidOf(wid),
  getAlternateUserWid: (wid: Wid): Wid | undefined => chats.alternate(wid),
})
