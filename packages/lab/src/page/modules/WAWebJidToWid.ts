import { Wid } from '../app/ids.ts'

export const make = () => ({ userJidToUserWid: (jid: string): Wid => new Wid(jid) })
