import type { Trx } from './tables.ts'

/** What `find` finds of a conversation, or of the one that it was merged into since somebody learnt its id. */
export async function orMerged<T>(trx: Trx, id: string, find: (id: string) => Promise<T | undefined>): Promise<T | undefined> {
  const found = await find(id)
  if (found !== undefined) return found
  const into = await trx.selectFrom('merged_conversations').select('into_id').where('id', '=', id).executeTakeFirst()
  return into === undefined ? undefined : find(into.into_id)
}
