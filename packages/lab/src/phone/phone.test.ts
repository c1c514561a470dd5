import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import { ana, browserPath, shop, withClient, withProfile } from '../wwebjs/client.ts'
import type { Started } from '../wwebjs/client.ts'

const withPhone = (lab: Lab, body: (page: Page) => Promise<void>): Promise<void> =>
  withBrowser(async (page) => {
    await page.goto(lab.phone)
    await body(page)
  })

const withBrowser = async (body: (page: Page) => Promise<void>): Promise<void> => {
  const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    page.setDefaultTimeout(10_000)
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await body(page)
    expect(errors).toEqual([])
  } finally {
    await browser.close()
  }
}

const createPeople = async (page: Page, { lid = false } = {}): Promise<void> => {
  await page.getByTestId('account-number').fill(shop)
  await page.getByTestId('account-name').fill('Loja da Bia')
  await page.getByTestId('account-create').click()
  await page.getByTestId('contact-new').click()
  await page.getByTestId('contact-phone').fill(ana)
  await page.getByTestId('contact-name').fill('Ana')
  await page.getByTestId('contact-lid').setChecked(lid)
  await page.getByTestId('contact-create').click()
  await page.getByTestId('contact-input').waitFor()
}

/** A real client, not linked yet, beside the phone page. */
const withBoth = (body: (lab: Lab, page: Page, started: Started) => Promise<void>): Promise<void> =>
  withLab((lab) => withPhone(lab, (page) => withProfile((profile) => withClient(lab, profile, (started) => body(lab, page, started)))))

const bubble = (page: Page, side: 'owner' | 'contact', text: string) =>
  page.getByTestId(`${side}-messages`).getByTestId('message').filter({ hasText: text })

describe('the phone page', () => {
  it('scans a waiting QR, chats as a contact, answers as the owner, and logs the device out', () =>
    withBoth(async (lab, page, { client, recorder }) => {
      await createPeople(page)
      await recorder.wait('qr')
      await page.getByTestId('qr-scan').click()
      await page.locator('[data-testid=device][data-connected=true]').waitFor()
      await recorder.wait('ready')

      await page.getByTestId('contact-input').fill('oi')
      await page.getByTestId('contact-send').click()
      await recorder.wait('message')
      await bubble(page, 'contact', 'oi').and(page.locator('[data-ack="2"]')).waitFor()

      await (await client.getChatById(`${ana}@c.us`)).sendStateTyping()
      await page.locator('[data-testid=bot-state][data-state=typing]').waitFor()
      await client.sendMessage(`${ana}@c.us`, 'Olá! Como posso ajudar?')
      await bubble(page, 'contact', 'Olá! Como posso ajudar?').waitFor()
      await page.getByTestId('bot-state').getByText('on-line', { exact: true }).waitFor()
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 3)

      await page.getByTestId('contact-input').fill('minha vista')
      await page.getByTestId('contact-sample').click()
      await page.getByTestId('contact-messages').getByTestId('picture').waitFor()
      await recorder.wait<{ hasMedia: boolean }>('message', (message) => message.hasMedia)

      await page.getByTestId('owner-tab-chats').click()
      await page.getByTestId('owner-chat').click()
      await page.getByTestId('owner-input').fill('Aqui é a Bia')
      await page.getByTestId('owner-input').press('Enter')
      await bubble(page, 'contact', 'Aqui é a Bia').waitFor()
      await recorder.wait<{ fromMe: boolean; body: string }>(
        'message_create',
        (message) => message.fromMe && message.body === 'Aqui é a Bia',
      )

      await page.getByTestId('owner-back').click()
      await page.getByTestId('owner-tab-devices').click()
      await page.getByTestId('device-logout').click()
      await page.getByTestId('no-devices').waitFor()
      expect(await recorder.wait<string>('disconnected')).toBe('LOGOUT')
      await lab.scenario.waitForQr()
    }))

  it('sends a place, a contact, a poll and an answer, and shows them on both sides', () =>
    withBoth(async (_lab, page, { client, recorder }) => {
      await createPeople(page)
      await recorder.wait('qr')
      await page.getByTestId('qr-scan').click()
      await recorder.wait('ready')
      for (const [name, type] of [
        ['location', 'location'],
        ['card', 'vcard'],
        ['poll', 'poll_creation'],
      ]) {
        await page.getByTestId(`contact-${name}`).click()
        await recorder.wait<{ type: string }>('message', (message) => message.type === type)
      }
      const shown = page.getByTestId('contact-messages')
      expect(await shown.getByTestId('location').innerText()).toContain('MASP')
      expect(await shown.getByTestId('card').innerText()).toContain('+5511966665555')
      expect(await shown.getByTestId('poll').getByRole('listitem').allInnerTexts()).toEqual(['Sim', 'Não'])

      await client.sendMessage(`${ana}@c.us`, 'Amanhã às nove?')
      await bubble(page, 'contact', 'Amanhã às nove?').getByTestId('reply').click()
      expect(await page.getByTestId('contact-quoting').innerText()).toBe('Amanhã às nove?')
      await page.getByTestId('contact-input').fill('pode ser')
      await page.getByTestId('contact-send').click()
      const answer = await recorder.wait<{ body: string; hasQuotedMsg: boolean }>('message', (message) => message.body === 'pode ser')
      expect(answer.hasQuotedMsg).toBe(true)
      await bubble(page, 'contact', 'pode ser').getByTestId('quoted').getByText('Amanhã às nove?').waitFor()
      expect(await page.getByTestId('contact-quoting').isVisible()).toBe(false)
    }))

  it('scans a pasted QR, and says what is wrong with one that it cannot use', () =>
    withBoth(async (_lab, page, { recorder }) => {
      await createPeople(page, { lid: true })
      await page.getByTestId('qr-paste').fill('https://example.com')
      await page.getByTestId('qr-paste-scan').click()
      await page.getByText('Isto não é um QR code do WhatsApp.').waitFor()
      await page.getByTestId('qr-paste').fill(await recorder.wait<string>('qr'))
      await page.getByTestId('qr-paste-scan').click()
      await recorder.wait('ready')
      await page.getByTestId('contact-input').fill('oi')
      await page.getByTestId('contact-send').click()
      expect((await recorder.wait<{ from: string }>('message')).from).toMatch(/@lid$/)
    }))

  it('links with a code, in airplane mode not', () =>
    withBoth(async (_lab, page, { client, recorder }) => {
      await createPeople(page)
      const code = await client.requestPairingCode(shop)
      await page.getByText(`${code.slice(0, 4)}-${code.slice(4)}`).waitFor()
      await page.getByTestId('owner-offline').check()
      await page.getByTestId('code-input').fill(code)
      await page.getByTestId('code-enter').click()
      await page.getByText('Desligue o modo avião').waitFor()
      await page.getByTestId('owner-offline').uncheck()
      await page.getByTestId('code-enter').click()
      await recorder.wait('ready')
    }))

  it('leaves a contact without a network at one tick, until it is back', () =>
    withBoth(async (_lab, page, { client, recorder }) => {
      await createPeople(page)
      await recorder.wait('qr')
      await page.getByTestId('qr-scan').click()
      await recorder.wait('ready')
      await page.getByTestId('contact-offline').check()
      await client.sendMessage(`${ana}@c.us`, 'está aí?')
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 1)
      expect(await bubble(page, 'contact', 'está aí?').count()).toBe(0)
      await page.getByTestId('contact-offline').uncheck()
      await bubble(page, 'contact', 'está aí?').waitFor()
      await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 3)
    }))

  it('speaks English too, and remembers it', () =>
    withLab((lab) =>
      withPhone(lab, async (page) => {
        expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR')
        await page.getByTestId('lang-en').click()
        await page.getByText("The owner's phone").waitFor()
        await page.reload()
        await page.getByText("A contact's phone").waitFor()
      }),
    ))
})
