import type { Wid } from '../app/ids.ts'

export const make = () => ({ widToUserJid: (wid: Wid): string => wid.toJid(), widToGroupJid: (wid: Wid): string => wid.toJid() })
