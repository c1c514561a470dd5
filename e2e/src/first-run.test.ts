import type { Page } from 'playwright-core'
import { expect, it, describe } from 'vitest'
import { openBrowser } from './browser.ts'
import { startDemo } from './system.ts'

/** What a newcomer may be asked to do until a message is answered. */
const ACTIONS = 8
const MINUTES = 3

describe('the first run', () => {
  it(`leads from the one-time link to an answered message in at most ${ACTIONS} actions, and less than ${MINUTES} minutes`, async () => {
    await using system = await startDemo()
    await using browser = await openBrowser()
    const done: string[] = []
    const does = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      done.push(what)
      await act()
    }
    const click = (page: Page, testId: string): Promise<void> => does(`click ${testId}`, () => page.getByTestId(testId).first().click())
    const began = performance.now()

    const dashboard = await browser.open('about:blank')
    await does('open the one-time link', () => dashboard.goto(system.signInLink))
    await click(dashboard, 'sign-in-link')
    await click(dashboard, 'tenant-open')
    await dashboard.getByTestId('qr').waitFor()

    const phone = await browser.open('about:blank')
    await does('open the demo’s phone', () => phone.goto(system.phoneUrl))
    await click(phone, 'qr-scan')
    await dashboard.getByTestId('connected-number').waitFor()

    await does('type a message', () => phone.getByTestId('contact-input').fill('oi'))
    await click(phone, 'contact-send')
    await phone
      .getByTestId('contact-messages')
      .locator('[data-testid=message][data-from=them]')
      .filter({ hasText: 'Como podemos ajudar?' })
      .first()
      .waitFor()

    expect(done.length, done.join(', ')).toBeLessThanOrEqual(ACTIONS)
    expect(performance.now() - began).toBeLessThan(MINUTES * 60_000)
    // The dashboard has counted it, without being asked to.
    await dashboard.getByTestId('number-received').filter({ hasText: '1' }).waitFor({ timeout: 60_000 })
    expect(browser.errors).toEqual([])
  }, 240_000)
})
