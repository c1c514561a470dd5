import { useEffect } from 'react'
import { isTyping, shortcutOf } from './shortcuts.ts'

type Deeds = { onPalette: () => void; onSheet: () => void }

/** Hears the shortcuts that work on every page. None does while a dialog asks for something. */
export function useShortcuts({ onPalette, onSheet }: Deeds): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const shortcut = event.defaultPrevented || event.isComposing ? null : shortcutOf(event, isTyping(event.target))
      if (shortcut === null) return
      if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null) {
        // The browser's own Ctrl-K would leave the page.
        if (shortcut === 'palette') event.preventDefault()
        return
      }
      event.preventDefault()
      if (shortcut === 'sheet') return onSheet()
      const search = shortcut === 'search' ? document.querySelector<HTMLElement>('#content input[type=search]') : null
      // A page without a search of its own, or with it hidden: the palette finds everything.
      if (search === null || search.offsetParent === null) onPalette()
      else search.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [onPalette, onSheet])
}
