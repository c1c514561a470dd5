import type { ContactModel } from '../app/models.ts'

/** Nobody is in the owner's address book. */
export const make = () => ({ getIsMyContact: (_contact: ContactModel) => false })
