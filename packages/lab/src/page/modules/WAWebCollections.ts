import { Collection } from '../app/collection.ts'
import { Wid } from '../app/ids.ts'
import type { Model } from '../app/model.ts'
import { ContactModel } from '../app/models.ts'
import type { Page } from '../app/page.ts'

const toWid = (id: unknown): Wid => (id instanceof Wid ? id : new Wid(String(id)))

export const make = ({ chats, reactions }: Page) => {
  const bare = (id: Wid): ContactModel => new ContactModel({ id, type: 'in', isMe: false, isBusiness: false, isEnterprise: false })
  return {
    Msg: chats.msgs,
    Chat: Object.assign(chats.chats, { find: async (id: unknown) => (await chats.findOrCreate(toWid(id))).chat }),
    Contact: Object.assign(chats.contacts, { find: async (id: unknown) => (await chats.findContact(String(id))) ?? bare(toWid(id)) }),
    Reactions: reactions,
    Blocklist: new Collection<Model>(),
    Label: new Collection<Model>(),
    GroupMetadata: { update: async (_id: Wid) => undefined },
    WAWebNewsletterCollection: new Collection<Model>(),
  }
}
