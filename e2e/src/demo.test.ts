import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { waitFor } from '@zaptria/lab/testing'
import { expect, it, describe, onTestFinished } from 'vitest'
import { Api } from './api.ts'
import { openBrowser } from './browser.ts'
import { descendants, isAlive } from './processes.ts'
import { connected } from './shop.ts'
import { makeDataDir, startDemo } from './system.ts'

/** The customer writes, and sees an answer with this text: the `nth` of its kind. */
async function says(phone: Page, text: string, answer: string, nth = 1): Promise<void> {
  await phone.getByTestId('contact-input').fill(text)
  await phone.getByTestId('contact-send').click()
  await seen(phone, answer, nth)
}

async function seen(phone: Page, text: string, nth = 1): Promise<void> {
  const bubbles = phone.getByTestId('contact-messages').locator('[data-testid=message][data-from=them]').filter({ hasText: text })
  await waitFor(async () => (await bubbles.count()) >= nth, { timeoutMs: 20_000, what: `${nth} × "${text}" on the customer's phone` })
}

/** The customer reacts to what a person wrote; the person edits it, reacts back, and deletes it for everyone. */
async function changesAfterSending(dashboard: Page, phone: Page): Promise<void> {
  const there = phone.getByTestId('contact-messages').locator('[data-from=them]').last()
  const here = dashboard.locator('[data-testid=message][data-author=person]').last()
  await there.getByTestId('message-menu').click()
  await there.getByTestId('react').click()
  await here.getByTestId('reactions').filter({ hasText: '👍' }).waitFor()

  await here.getByTestId('message-menu').click()
  await dashboard.getByTestId('message-edit').click()
  await dashboard.getByTestId('edit-body').fill('Oi Ana, aqui é a Bia. Quantas pessoas vêm?')
  await dashboard.getByTestId('edit-save').click()
  await seen(phone, 'Quantas pessoas vêm?')
  await there.getByTestId('edited').waitFor()
  await here.getByTestId('edited').waitFor()

  const theirs = dashboard.getByTestId('message').filter({ hasText: 'um bolo de aniversário' }).first()
  await theirs.getByTestId('message-menu').click()
  await dashboard.getByTestId('react').first().click()
  await phone.getByTestId('contact-messages').locator('[data-from=me]').last().getByTestId('reactions').waitFor()

  await here.getByTestId('message-menu').click()
  await dashboard.getByTestId('message-delete').click()
  await dashboard.getByTestId('confirm-yes').click()
  await there.getByTestId('revoked').waitFor()
  await dashboard.locator('[data-testid=message][data-deleted=true]').waitFor()
}

describe('the demo', () => {
  it('pairs the sample tenant, answers by its menu, and hands over to a person and back', async () => {
    const dataDir = makeDataDir()
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
    let port: number
    {
      await using system = await startDemo({ dataDir })
      port = Number(new URL(system.url).port)
      await using browser = await openBrowser()

      const dashboard = await browser.open(system.signInLink)
      await dashboard.getByTestId('sign-in-link').click()
      await dashboard.getByTestId('tenant-open').first().click()
      await dashboard.getByTestId('qr').waitFor()

      const phone = await browser.open(system.phoneUrl)
      await phone.getByTestId('qr-scan').click()
      await dashboard.getByTestId('connected-number').waitFor()

      await says(phone, 'oi', 'Como podemos ajudar?')
      await says(phone, '1', 'Abrimos de segunda a sábado')
      await seen(phone, 'Posso ajudar em mais alguma coisa?')
      await says(phone, 'sim', 'Como podemos ajudar?', 2)
      await says(phone, '3', 'qual é o assunto?')
      await says(phone, 'um bolo de aniversário', 'Um atendente vai responder')

      await dashboard.getByTestId('tab-conversations').click()
      await dashboard.getByTestId('conversation').first().click()
      await dashboard.getByTestId('message').filter({ hasText: 'um bolo de aniversário' }).first().waitFor()
      await dashboard.getByTestId('composer').fill('Oi Ana, aqui é a Bia. Para quantas pessoas?')
      await dashboard.getByTestId('send').click()
      await seen(phone, 'aqui é a Bia')

      await changesAfterSending(dashboard, phone)

      // The bot is silent while a person answers.
      await phone.getByTestId('contact-input').fill('para vinte')
      await phone.getByTestId('contact-send').click()
      await dashboard.getByTestId('message').filter({ hasText: 'para vinte' }).first().waitFor()
      await dashboard.getByTestId('give-back').click()
      await dashboard.getByTestId('take-over').waitFor()
      await says(phone, 'oi de novo', 'Como podemos ajudar?', 3)
      expect(
        await phone.getByTestId('contact-messages').locator('[data-from=them]').filter({ hasText: 'Como podemos ajudar?' }).count(),
      ).toBe(3)
      expect(browser.errors).toEqual([])

      const second = spawnSync(process.execPath, ['scripts/up.ts', '--demo'], {
        cwd: join(import.meta.dirname, '../..'),
        env: { ...process.env, PORT: String(port), ZAPTRIA_DATA_DIR: dataDir },
        encoding: 'utf8',
      })
      expect(second.status).toBe(1)
      expect(second.stderr).toContain('Zaptria is running in this directory already')

      const below = descendants(system.pid)
      expect(await system.stop()).toBe(0)
      const left = below.filter(isAlive).map(({ command }) => command)
      expect(left, 'processes left over after Ctrl-C').toEqual([])
    }
    {
      await using system = await startDemo({ dataDir, port })
      expect(system.output()).not.toMatch(/Installing|Fetching|Building/)
      const api = await Api.signIn(system.signInLink)
      const tenant = (await api.tenants()).items[0]!
      await connected({ api, tenant: tenant.id })
      expect((await api.states(tenant.id)).items.filter(({ state }) => state === 'qr_ready')).toHaveLength(1)
    }
  }, 240_000)
})
