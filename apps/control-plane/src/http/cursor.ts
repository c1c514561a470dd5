import { ZaptriaError } from '@zaptria/contract'
import { z } from 'zod'

/** Where the next page begins, as an opaque word: the sort key of the last item shown. */
export const encodeCursor = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Throws `validation_failed` when it is not one of ours. `parts` names what each place has to be. */
export function decodeCursor<T extends readonly [z.ZodType<string>, ...z.ZodType<string>[]]>(
  cursor: string | undefined,
  parts: T,
): { [K in keyof T]: string } | undefined {
  if (cursor === undefined) return undefined
  try {
    const values = z
      .array(z.string())
      .length(parts.length)
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return values.map((value, index) => parts[index]!.parse(value)) as unknown as { [K in keyof T]: string }
  } catch (cause) {
    throw new ZaptriaError('validation_failed', { errors: [{ path: 'cursor', message: 'is not a cursor of this list' }], cause })
  }
}

/** `rows` holds one more than the page shows when there is a next page. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  item: (row: Row) => Item,
  key: (row: Row) => readonly string[],
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(item), next: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null }
}
