import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import type { Visit } from './browser.ts'

/** What the page has asked of the API, in order. */
export const calls = ({ api }: Pick<Visit, 'api'>, method: string, pathEnd: string) =>
  api.seen.filter((call) => call.method === method && call.path.endsWith(pathEnd))

/** The messages among it that a person sent. */
export const sent = (person: Pick<Visit, 'api'>) => calls(person, 'POST', '/messages')

/** Replies, one after the other, in the conversation that is open. */
export async function write(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await page.getByTestId('composer').fill(text)
    await page.getByTestId('composer').press('Enter')
  }
}

export const text = (page: Page, testId: string) => page.getByTestId(testId).innerText()

/** Waits for a live stream, so that a hint is heard. */
export const listening = ({ api }: Pick<Visit, 'api'>) =>
  waitFor(() => api.streams.size === 1, { what: 'the one event stream of the page' })
