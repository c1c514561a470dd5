import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'

/** Puts the whole text into the flow's editor, as somebody does who pastes it. Its lines out of sight are in no DOM, so `fill` cannot. */
export async function writeFlow(page: Page, text: string): Promise<void> {
  const editor = page.getByTestId('flow-text')
  await editor.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await editor.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}

/** What is selected in the editor, as copying gives it. */
export async function selectedFlow(page: Page): Promise<string> {
  return page.getByTestId('flow-text').evaluate((element) => {
    const clipboardData = new DataTransfer()
    element.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
    return clipboardData.getData('text/plain')
  })
}

/** The editor's whole text. A dialog that has just closed may yet take the focus back to where it was: then it is read again. */
export async function readFlow(page: Page): Promise<string> {
  const editor = page.getByTestId('flow-text')
  let read = ''
  const selectAll = async () => {
    await editor.focus()
    await page.keyboard.press('ControlOrMeta+a')
    read = await selectedFlow(page)
    return editor.evaluate((element) => element.contains(document.activeElement))
  }
  await waitFor(selectAll, { what: 'the focus to stay in the editor' })
  return read
}
