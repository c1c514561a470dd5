import { replaceEqualDeep } from '@tanstack/react-query'
import { useState } from 'react'

/** The value, each part that is as it was being the very same object: what has not changed is not drawn anew. */
export function useShared<T>(value: T): T {
  const [shared, setShared] = useState(value)
  const next = replaceEqualDeep(shared, value)
  if (next !== shared) setShared(next)
  return next
}
