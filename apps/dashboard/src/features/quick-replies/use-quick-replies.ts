import { useQuery } from '@tanstack/react-query'
import type { QuickReply } from '@zaptria/contract'
import { useId, useState, type KeyboardEvent } from 'react'
import { matching, shortcutTyped } from './match.ts'
import { quickRepliesQuery } from './quick-replies.ts'

export type QuickReplies = {
  open: boolean
  toggle: () => void
  close: () => void
  /** Null: not here yet. */ replies: QuickReply[] | null
  /** There are none at all yet. */ isEmpty: boolean
  error: unknown
  /** The one that Enter takes. */ active: QuickReply | undefined
  listId: string
  optionId: (reply: QuickReply) => string
  /** What is typed behind `/`; null where the button alone opened it. */ typed: string | null
  /** Enter was pressed where none fits: the next one sends what is typed. */ isHeld: boolean
  choose: (reply: QuickReply) => void
  /** True: the key was meant for the list. */ onKey: (event: KeyboardEvent) => boolean
}

/** The list of quick replies over a field: open while `/` begins its text, or by a button. `onChoose` gets whether it is to take the place of what is typed. */
export function useQuickReplies(tenant: string, text: string, onChoose: (reply: QuickReply, instead: boolean) => void): QuickReplies {
  const listId = useId()
  const typed = shortcutTyped(text)
  /** The text for which the button opened it: whoever writes on wants no list. */
  const [asked, setAsked] = useState<string | null>(null)
  /** The text for which it was closed, so that it stays so until another begins. */
  const [dismissed, setDismissed] = useState(false)
  /** The text that Enter would have sent, though it calls for a quick reply that is not there. */
  const [held, setHeld] = useState<string | null>(null)
  const [at, setAt] = useState({ typed, index: 0 })
  if (typed === null && dismissed) setDismissed(false)
  if (asked !== null && asked !== text) setAsked(null)
  if (held !== null && held !== text) setHeld(null)
  const open = asked === text || (typed !== null && !dismissed)
  const { data, error } = useQuery({ ...quickRepliesQuery(tenant), enabled: open })
  const replies = data === undefined ? null : matching(data, typed ?? '')
  const index = at.typed === typed && replies !== null ? Math.min(at.index, replies.length - 1) : 0
  const active = replies?.[index]
  const close = () => {
    setAsked(null)
    setDismissed(typed !== null)
    setAt({ typed, index: 0 })
  }
  const choose = (reply: QuickReply) => {
    close()
    onChoose(reply, typed !== null)
  }
  return {
    open,
    toggle: () => (open ? close() : setAsked(text)),
    close,
    replies,
    isEmpty: data?.length === 0,
    error,
    active,
    listId,
    optionId: ({ id }) => `${listId}-${id}`,
    typed,
    isHeld: held !== null,
    choose,
    onKey(event) {
      if (!open || event.nativeEvent.isComposing) return false
      const enters = event.key === 'Enter' && !event.shiftKey
      if (event.key === 'Escape') close()
      // What was meant to call one is not sent to anybody: not while they are on their way, and where none fits not before it is meant.
      else if (enters && typed !== null && active === undefined) {
        if (held !== null) return false
        if (replies !== null || error !== null) setHeld(text)
      } else if (active === undefined || replies === null) return false
      else if (event.key === 'ArrowDown') setAt({ typed, index: (index + 1) % replies.length })
      else if (event.key === 'ArrowUp') setAt({ typed, index: (index + replies.length - 1) % replies.length })
      else if (enters || (event.key === 'Tab' && !event.shiftKey && typed !== null)) choose(active)
      else return false
      event.preventDefault()
      return true
    },
  }
}
