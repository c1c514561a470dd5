/**
 * A copy that PostgreSQL can hold: text and jsonb take neither NUL nor half a surrogate pair, and people's messages contain both.
 */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed() as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), clean(inner)])) as T
  }
  return value
}
