import type { ContactModel } from '../app/models.ts'

export const make = () => ({
  getIsMe: (contact: ContactModel) => contact.isMe,
  getIsUser: (contact: ContactModel) => contact.id.isUser(),
  getIsGroup: (contact: ContactModel) => contact.id.isGroup(),
  getIsWAContact: (_contact: ContactModel) => true,
  getUserid: (contact: ContactModel) => contact.id.user,
  getVerifiedName: (_contact: ContactModel) => undefined,
  getVerifiedLevel: (_contact: ContactModel) => undefined,
  getStatusMute: (_contact: ContactModel) => false,
  getName: (contact: ContactModel) => contact.name,
  getShortName: (contact: ContactModel) => contact.name?.split(' ')[0],
  getPushname: (contact: ContactModel) => contact.pushname,
  getIsEnterprise: (_contact: ContactModel) => false,
})
