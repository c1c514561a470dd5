import { useCallback, useEffect, useState } from 'react'

/** What the browser made of an element's classes, in words; measured when it is drawn. */
export function useMeasured(read: (style: CSSStyleDeclaration) => string): [ref: (element: HTMLElement | null) => void, text: string] {
  const [text, setText] = useState('')
  // `read` is written at each call and reads the same thing.
  // oxlint-disable-next-line react/exhaustive-deps
  const ref = useCallback((element: HTMLElement | null) => void (element !== null && setText(read(getComputedStyle(element)))), [])
  return [ref, text]
}

/** The tokens' colours as they are now, in light or dark: red, green, blue. */
export function useColours(names: readonly string[]): { rgb: ReadonlyMap<string, readonly number[]> } {
  const [rgb, setRgb] = useState<ReadonlyMap<string, readonly number[]>>(new Map())
  const wanted = names.join(' ')
  useEffect(() => {
    const measure = () => {
      const probe = document.createElement('span')
      document.body.append(probe)
      const colours = wanted.split(' ').map((name): [string, number[]] => {
        probe.style.color = `var(--${name})`
        return [name, (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)]
      })
      probe.remove()
      setRgb(new Map(colours))
    }
    measure()
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', measure)
    const chosen = new MutationObserver(measure)
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      dark.removeEventListener('change', measure)
      chosen.disconnect()
    }
  }, [wanted])
  return { rgb }
}
