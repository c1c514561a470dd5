import { Wid } from '../app/ids.ts'
import type { Page } from '../app/page.ts'

/** Who is linked; nobody before the scan. */
export const make = (page: Page) => ({
  getMaybeMePnUser: (): Wid | undefined => (page.me ? new Wid(page.me.id) : undefined),
  getMaybeMeLidUser: (): Wid | undefined => (page.me ? new Wid(page.me.lid) : undefined),
})
