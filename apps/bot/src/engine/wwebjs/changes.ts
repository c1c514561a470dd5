import type { ChangeOutcome, ChangeRequest } from '../port.ts'
import type { PageDriver } from './page-driver.ts'

/** Has the page do something to a message. */
export const makeChange = async (page: PageDriver, { target, aliasChatId, ...deed }: ChangeRequest): Promise<ChangeOutcome> => {
  const targets = [target, ...(aliasChatId === null ? [] : [{ ...target, chatId: aliasChatId }])]
  const done = await page.changes('changing a message', (changes, [refs, what]) => changes.make(refs, what), [targets, deed] as const)
  switch (done) {
    case 'done':
      return { outcome: 'done' }
    case 'missing':
      return { outcome: 'rejected', reason: 'engine_error', detail: 'The page does not have the message.' }
    case 'refused':
      return { outcome: 'rejected', reason: 'rejected_by_whatsapp', detail: 'WhatsApp does not offer that for this message.' }
    case 'unable':
      return { outcome: 'rejected', reason: 'unsupported', detail: 'The page has no such function any more.' }
    default:
      return done satisfies never
  }
}
