import { clsx, type ClassValue } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

/** With the names of our own tokens (styles.css), so that it knows which of them are about the same property. */
const merge = extendTailwindMerge({
  extend: {
    theme: { radius: ['card', 'control'], shadow: ['card', 'float', 'modal'], animate: ['fade', 'rise', 'pop'] },
    classGroups: { z: [{ z: ['stuck', 'menu', 'scrim', 'modal', 'skip'] }] },
  },
})

/** Joins class names; of two Tailwind classes for the same property the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes))
}
