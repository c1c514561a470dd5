import type { Wid } from '../app/ids.ts'
import type { Page } from '../app/page.ts'

/** Whether a number is on WhatsApp. Asking also teaches the page its LID. */
export const make = ({ chats }: Page) => ({
  queryWidExists: async (wid: Wid): Promise<{ wid: Wid; lid?: Wid } | null> => {
    const contact = await chats.findContact(String(wid))
    if (!contact) return null
    const lid = chats.lidOf(wid)
    return lid && !wid.isLid() ? { wid, lid } : { wid }
  },
})
