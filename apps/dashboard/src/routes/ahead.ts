import type { I18n } from '@lingui/core'
import { fetchPart } from '../api/part.ts'
import { loadLaterTexts } from '../i18n/load.ts'

/** What people who are signed in are likely to open, the likeliest first. The pages for developers come when somebody asks for them. */
const PARTS: ((i18n: I18n) => Promise<unknown>)[] = [
  () => import('../ui/modal/dialog-modal.tsx'),
  () => import('../ui/modal/confirm-modal.tsx'),
  () => import('./tenant.tsx'),
  () => import('./conversations.tsx'),
  loadLaterTexts,
  () => import('../features/palette/palette.tsx'),
  () => import('../features/palette/launched.tsx'),
  () => import('../features/tenants/tenant-create-dialog.tsx'),
  () => import('../features/alerts/alerts-page.tsx'),
  () => import('./settings.tsx'),
  () => import('./details.tsx'),
  () => import('./flow.tsx'),
  () => import('../features/flow/picture/picture.tsx'),
  () => import('../features/flow/editor/code-editor.tsx'),
  () => import('../features/flow/changes/flow-diff.tsx'),
  () => import('../features/session/session-over-dialog.tsx'),
  () => import('./sign-in.tsx'),
]

/** Until then the line is the first page's. */
const FIRST_PAGE_MS = 3000

declare global {
  interface Navigator {
    /** Not in every browser. */
    connection?: { saveData?: boolean }
  }
}

/** Fetches the rest of the program while nobody waits for anything, so that it is there at the first click, and while the server is away. Returns how to end that. */
export function fetchAhead(i18n: I18n): () => void {
  if (navigator.connection?.saveData === true) return () => undefined
  let ended = false
  const run = async () => {
    for (const part of PARTS) {
      await idle()
      if (ended) return
      await fetchPart(() => part(i18n))
    }
  }
  // What is not there any more is met again by who asks for it.
  const timer = setTimeout(() => void run().catch(() => undefined), FIRST_PAGE_MS)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

const idle = (): Promise<void> =>
  new Promise((done) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => done())
    else setTimeout(done, 200)
  })
