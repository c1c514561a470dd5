import { useSyncExternalStore } from 'react'

/** As the device, or what the person wants here. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** public/first.js reads it too. */
const STORED = 'zaptria.theme'

/** Of the browser's own frame around the page: as `--canvas` in styles.css. */
export const THEME_COLOURS = { light: '#f6f7f6', dark: '#121715' } as const

const listeners = new Set<() => void>()

export function readTheme(): Theme {
  const stored = localStorage.getItem(STORED)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Draws the page in what is chosen. The colours follow by themselves: see `color-scheme` in styles.css. */
function applyTheme(): void {
  const theme = readTheme()
  const { dataset } = document.documentElement
  if (theme === 'system') delete dataset['theme']
  else dataset['theme'] = theme
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = THEME_COLOURS[theme === 'system' ? own : theme]
  }
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(STORED)
  else localStorage.setItem(STORED, theme)
  changed()
}

function changed(): void {
  applyTheme()
  for (const listener of listeners) listener()
}

/** From now on, also what another tab chooses: the event comes from others alone. */
export function followTheme(): void {
  applyTheme()
  window.addEventListener('storage', ({ key }) => {
    if (key === STORED || key === null) changed()
  })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme)
}
