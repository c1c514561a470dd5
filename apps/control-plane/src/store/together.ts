/**
 * As Promise.all, for statements that are on their way together in one transaction: waits for all of them also when one fails. What still ran
 * while the transaction is rolled back would run after it, on a connection that may be somebody else's by then.
 */
export async function together<T extends readonly unknown[]>(...work: { [K in keyof T]: T[K] | Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(work)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return ended.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T
}
