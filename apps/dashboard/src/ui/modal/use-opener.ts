import { useState } from 'react'

/**
 * For what opens above the page by a state of ours: gives the focus back to where it was. Radix knows only openers that are its own
 * triggers, and otherwise leaves the keyboard at the top of the page. To be used in a component that is there only while it is open.
 */
export function useOpener(): (event: Event) => void {
  // Read while drawing: a field with autoFocus has the focus before any effect runs.
  const [opener] = useState(() => document.activeElement)
  return (event) => {
    if (!(opener instanceof HTMLElement) || !opener.isConnected) return
    event.preventDefault()
    opener.focus()
  }
}
