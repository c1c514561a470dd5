import { clearDrafts } from '../conversations/drafts.ts'
import { pending } from '../conversations/pending.ts'
import { forgetRecent } from '../palette/recent.ts'

/** Whose drafts and unsent replies this tab holds. */
const STORED = 'zaptria.person'

/** Leaves nothing of this person's for the next one. */
export function forgetPerson(): void {
  clearDrafts()
  pending.clear()
  forgetRecent()
}

/** Somebody signed in in this tab, and did not sign out. */
export const wasHere = (): boolean => sessionStorage.getItem(STORED) !== null
export const isHere = (user: string): boolean => sessionStorage.getItem(STORED) === user

/** Before anything is shown to this person: whoever was here before may not have signed out, but a session ends by itself too. */
export function welcome(user: string): void {
  const before = sessionStorage.getItem(STORED)
  if (before === user) return
  if (before !== null) forgetPerson()
  sessionStorage.setItem(STORED, user)
}
