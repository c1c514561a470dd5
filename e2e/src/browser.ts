import { chromium, type Page } from 'playwright-core'

/** A real browser for people's pages; its errors fail the test that asks for them. */
export type Pages = { open(url: string): Promise<Page>; errors: string[]; [Symbol.asyncDispose](): Promise<void> }

export async function openBrowser(): Promise<Pages> {
  const executablePath = process.env['ZAPTRIA_BROWSER_PATH'] ?? '/usr/lib/chromium/chromium-headless-shell'
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  const errors: string[] = []
  return {
    errors,
    open: async (url) => {
      const page = await browser.newPage({ locale: 'pt-BR', viewport: { width: 1280, height: 900 } })
      page.setDefaultTimeout(20_000)
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
