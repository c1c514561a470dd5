/** Keys without Ctrl or Cmd can be switched off: who speaks to the machine, or hits keys by accident, would set them off (WCAG 2.1.4). */
const STORED = 'zaptria.single-keys'
export const singleKeys = (): boolean => localStorage.getItem(STORED) !== 'off'
export const setSingleKeys = (on: boolean): void => localStorage.setItem(STORED, on ? 'on' : 'off')

export const onMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent)

export type Shortcut = 'palette' | 'sheet' | 'search'
type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** What a key means, wherever it is pressed. `typing`: in a field, where letters are letters. */
export function shortcutOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed, typing: boolean): Shortcut | null {
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'k') return 'palette'
  if (ctrlKey || metaKey || altKey || typing || !singleKeys()) return null
  return key === '?' ? 'sheet' : key === '/' ? 'search' : null
}

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
