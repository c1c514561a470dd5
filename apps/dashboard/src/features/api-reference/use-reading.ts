import { useEffect, useState } from 'react'

/** The id of the part that is being read: of those near the top of the window, the last. `parts` are looked for again when it changes. */
export function useReading(parts: readonly string[]): string | null {
  const [reading, setReading] = useState<string | null>(null)
  const key = parts.join(' ')
  useEffect(() => {
    const seen = new Set<string>()
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting) seen.add(target.id)
          else seen.delete(target.id)
        }
        const ids = key.split(' ')
        const now = ids.find((id) => seen.has(id))
        if (now !== undefined) setReading(now)
      },
      // A band below the header.
      { rootMargin: '-120px 0px -60% 0px' },
    )
    for (const id of key.split(' ')) {
      const element = id === '' ? null : document.getElementById(id)
      if (element !== null) observer.observe(element)
    }
    return () => observer.disconnect()
  }, [key])
  return reading
}
