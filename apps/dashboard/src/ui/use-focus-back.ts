import { useState } from 'react'

/** For `onCloseAutoFocus`: the focus returns to where it was before the dialog opened. Radix itself gives it back to a trigger, and ours have none. */
export function useFocusBack(open: boolean): (event: Event) => void {
  const [wasOpen, setWasOpen] = useState(false)
  const [before, setBefore] = useState<Element | null>(null)
  if (open !== wasOpen) {
    setWasOpen(open)
    // While it is drawn, before it takes the focus.
    if (open) setBefore(document.activeElement)
  }
  return (event) => {
    event.preventDefault()
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  }
}
