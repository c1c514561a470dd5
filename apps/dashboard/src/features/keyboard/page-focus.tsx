import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { isTyping } from './shortcuts.ts'

/** Pages between which the focus stays where it is: the list of conversations and its chats are one to who uses them. */
const placeOf = (pathname: string): string => pathname.replace(/(\/conversations)\/.*$/, '$1')

/** A page that is named by what it fetches has its whole name a little later: it is said once. */
const SETTLED_MS = 200

const content = () => document.querySelector<HTMLElement>('#content')
/** What scrolls of the page: all of it, or what is under a tenant's tabs. */
const scroller = () => document.querySelector<HTMLElement>('#content [data-page-scroll]') ?? content()

/**
 * After a way from page to page the focus stands on the new page's heading, as after a real load, and its title is said; the page begins at its top, and one that
 * is come back to where it was left. A page that puts the focus into a field of its own keeps it there, and so does a dialog over it.
 */
export function PageFocus() {
  const router = useRouter()
  const [said, setSaid] = useState('')
  useEffect(() => {
    const left = new Map<string, number>()
    let timer: ReturnType<typeof setTimeout> | undefined
    let arrived = false
    const say = () => {
      clearTimeout(timer)
      if (arrived) timer = setTimeout(() => setSaid(document.title), SETTLED_MS)
    }
    const title = document.querySelector('title')
    const renamed = new MutationObserver(say)
    if (title !== null) renamed.observe(title, { childList: true })
    const before = router.subscribe('onBeforeLoad', ({ fromLocation }) => {
      const key = fromLocation?.state.__TSR_key
      const box = scroller()
      if (key !== undefined && box !== null) left.set(key, box.scrollTop)
    })
    const after = router.subscribe('onRendered', ({ fromLocation, toLocation }) => {
      if (fromLocation === undefined || placeOf(fromLocation.pathname) === placeOf(toLocation.pathname)) return
      const main = content()
      const box = scroller()
      if (main === null || box === null) return
      box.scrollTop = left.get(toLocation.state.__TSR_key ?? '') ?? 0
      const { activeElement } = document
      const typing = isTyping(activeElement) && main.contains(activeElement)
      // A dialog that was opened meanwhile has it, and gives it back.
      const dialog = activeElement?.closest('[role=dialog], [role=alertdialog]') ?? null
      if (!typing && dialog === null) (main.querySelector<HTMLElement>('h1[tabindex]') ?? main).focus({ preventScroll: true })
      arrived = true
      say()
    })
    return () => {
      clearTimeout(timer)
      renamed.disconnect()
      before()
      after()
    }
  }, [router])
  return (
    <p role="status" className="sr-only" data-testid="page-said">
      {said}
    </p>
  )
}
