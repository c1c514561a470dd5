import { Wid } from '../app/ids.ts'

const createWid = (id: unknown): Wid => {
  if (id instanceof Wid) return id
  if (typeof id !== 'string') throw new Error('wid error: invalid wid')
  return new Wid(id)
}

export const make = () => ({
  createWid,
  createWidFromWidLike: (like: unknown): Wid => createWid(like),
  createUserWidOrThrow: (user: string, server = 'c.us'): Wid => new Wid(`${user}@${server}`),
  asUserWidOrThrow: (wid: unknown): Wid => {
    const made = createWid(wid)
    if (!made.isUser()) throw new Error('wid error: not a user wid')
    return made
  },
})
