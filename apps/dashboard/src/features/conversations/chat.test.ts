import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { makeConversation, makeMessage } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const pagesAsked = ({ api }: Visit) => api.seen.filter(({ method, path }) => method === 'GET' && path.endsWith('/messages')).length
const atEnd = (page: Page) => page.getByTestId('messages-box').getAttribute('data-at-end')
const drawn = (page: Page) => page.getByTestId('message').count()
/** Older than everything, many words in some, so that heights differ. */
function sayMuch({ api }: Visit, many: number): string {
  const id = api.world.conversations[0]?.id ?? ''
  const at = (nr: number) => new Date(Date.now() - (many - nr) * 120_000).toISOString()
  api.world.messages = Array.from({ length: many }, (_, nr) =>
    makeMessage(id, `mensagem ${nr + 1}${nr % 7 === 0 ? ' com muito mais a dizer'.repeat(nr % 11) : ''}`, {
      at: at(nr),
      ...(nr % 3 === 0 ? { from_me: true, author: 'person', status: 'read', wa_id: `W${nr}` } : {}),
    }),
  )
  return id
}
const hasText = (page: Page, text: string) => page.getByText(text, { exact: true })

describe('a chat of ten thousand messages', () => {
  it('has some dozens of them in the page, and leads to the very first', async () => {
    await using person = await visit(built)
    const { page } = person
    sayMuch(person, 10_000)
    await page.goto(chatPath(person))
    await hasText(page, 'mensagem 10000').waitFor()
    expect(await atEnd(page)).toBe('true')
    const most = { drawn: 0 }
    await page.getByTestId('messages-box').focus()
    await waitFor(
      async () => {
        await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
        most.drawn = Math.max(most.drawn, await drawn(page))
        return (await page.getByTestId('messages-start').count()) === 1
      },
      { what: 'the beginning of the conversation', timeoutMs: 100_000 },
    )
    await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
    await hasText(page, 'mensagem 1').waitFor()
    expect(most.drawn).toBeLessThan(150)
    expect(await drawn(page)).toBeLessThan(150)
    await page.getByTestId('to-end').click()
    await waitFor(async () => (await atEnd(page)) === 'true', { what: 'the end of the chat' })
    await hasText(page, 'mensagem 10000').waitFor()
    expect(person.troubles).toEqual([])
  }, 120_000)

  it('costs a page or two for a hint, however many are loaded, and redraws what changed alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 2000)
    await page.goto(chatPath(person))
    await waitFor(() => api.streams.size === 1, { what: 'the event stream' })
    const box = page.getByTestId('messages-box')
    await waitFor(
      async () => {
        await box.evaluate((element) => (element.scrollTop = 0))
        return pagesAsked(person) >= 10
      },
      { what: 'ten pages' },
    )
    await page.getByTestId('to-end').click()
    await hasText(page, 'mensagem 2000').waitFor()
    await hasText(page, 'mensagem 1999').evaluate((element) => element.closest('article')?.setAttribute('data-mark', 'kept'))
    await waitFor(async () => (await page.getByTestId('messages-older').getAttribute('aria-busy')) === null, { what: 'the last page' })
    const before = pagesAsked(person)
    api.world.messages.push(makeMessage(id, 'tem pão?'))
    api.hint('message', id)
    await hasText(page, 'tem pão?').waitFor()
    // The newest, and what was looked at a moment ago.
    expect(pagesAsked(person) - before).toBeLessThanOrEqual(3)
    expect(await page.locator('[data-mark=kept]').count()).toBe(1)
    expect(await atEnd(page)).toBe('true')
  })

  it('shows what changed in a page that is looked at, though it is not the newest', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 300)
    await page.goto(chatPath(person))
    await waitFor(() => api.streams.size === 1, { what: 'the event stream' })
    await waitFor(
      async () => {
        await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
        return (await page.getByTestId('messages-start').count()) === 1
      },
      { what: 'the beginning' },
    )
    await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
    await hasText(page, 'mensagem 2').waitFor()
    const [, second] = api.world.messages
    if (second !== undefined) Object.assign(second, { body: 'outro texto', edited_at: new Date().toISOString() })
    api.hint('message', id)
    await hasText(page, 'outro texto').waitFor()
  })
})

describe('the reader of a chat', () => {
  it('who is further up stays there when something comes, and is told how much', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 200)
    await page.goto(chatPath(person))
    await waitFor(() => api.streams.size === 1, { what: 'the event stream' })
    const old = hasText(page, 'mensagem 171')
    await hasText(page, 'mensagem 200').waitFor()
    await waitFor(
      async () => {
        await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop -= 100))
        return (await old.count()) === 1 && ((await old.boundingBox())?.y ?? 0) > 300
      },
      { what: 'an older message in view' },
    )
    const top = async () => Math.round((await old.boundingBox())?.y ?? Number.NaN)
    const before = await top()
    api.world.messages.push(makeMessage(id, 'um'), makeMessage(id, 'dois'))
    api.hint('message', id)
    await page.getByText('2 mensagens novas').waitFor()
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(2)
    expect(await page.getByTestId('spoken').innerText()).toBe('Chegou: dois')
    await page.getByTestId('to-end').click()
    await hasText(page, 'dois').waitFor()
    await page.getByTestId('to-end').waitFor({ state: 'detached' })
    // What one writes oneself is looked at, wherever one was.
    await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
    await page.getByTestId('to-end').waitFor()
    await page.getByTestId('composer').fill('sim!')
    await page.getByTestId('composer').press('Enter')
    await page.locator('[data-testid=message][data-author=person]').getByText('sim!').waitFor()
    await waitFor(async () => (await atEnd(page)) === 'true', { what: 'the end of the chat' })
  })

  it('who is at the end stays there while the field below grows; who is further up stays where they are', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 60)
    api.world.messages.push(makeMessage(id, 'tem pão?', { wa_id: '3EB0AA' }))
    await page.goto(chatPath(person))
    await hasText(page, 'tem pão?').waitFor()
    const box = page.getByTestId('messages-box')
    const beyond = () => box.evaluate(({ scrollHeight, scrollTop, clientHeight }) => Math.round(scrollHeight - scrollTop - clientHeight))
    const height = () => box.evaluate(({ clientHeight }) => clientHeight)
    await waitFor(async () => (await beyond()) === 0, { what: 'the end of the chat' })
    const tall = await height()
    await page.getByTestId('message').last().getByTestId('message-reply').click()
    await page.getByTestId('replying').waitFor()
    await waitFor(async () => (await height()) < tall - 30 && (await beyond()) === 0, { what: 'the end above what is answered' })
    await page.getByTestId('composer').fill('um\ndois\ntrês\nquatro')
    await waitFor(async () => (await height()) < tall - 90 && (await beyond()) === 0, { what: 'the end above four lines' })
    await page.getByTestId('composer').fill('')
    await page.getByTestId('reply-cancel').click()
    await waitFor(async () => (await height()) === tall && (await beyond()) === 0, { what: 'the end, all as before' })

    await box.evaluate((element) => (element.scrollTop -= 600))
    await waitFor(async () => (await atEnd(page)) === 'false', { what: 'to be further up' })
    const top = await box.evaluate(({ scrollTop }) => scrollTop)
    await page.getByTestId('composer').fill('um\ndois\ntrês')
    await waitFor(async () => (await height()) < tall - 30, { what: 'the field to grow' })
    expect(await box.evaluate(({ scrollTop }) => scrollTop)).toBe(top)
  })

  it('goes from message to message by the keyboard, and keeps a menu that is open while messages come', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 122)
    await page.goto(chatPath(person))
    await hasText(page, 'mensagem 122').waitFor()
    await waitFor(() => api.streams.size === 1, { what: 'the event stream' })
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-message') ?? null)
    await page.getByTestId('messages-box').focus()
    await page.keyboard.press('ArrowUp')
    await waitFor(async () => (await focused()) === api.world.messages[121]?.id, { what: 'the focus on the last message' })
    for (let nr = 0; nr < 25; nr += 1) {
      await page.keyboard.press('ArrowUp')
      await waitFor(async () => (await focused()) === api.world.messages[120 - nr]?.id, { what: `the focus on message ${121 - nr}` })
    }
    await page.keyboard.press('End')
    await waitFor(async () => (await focused()) === api.world.messages[121]?.id, { what: 'the focus back on the last' })
    await page.getByTestId('message').last().getByTestId('message-menu').press('Enter')
    await page.getByTestId('message-deeds').waitFor()
    for (let nr = 0; nr < 30; nr += 1) api.world.messages.push(makeMessage(id, `nova ${nr}`))
    api.hint('message', id)
    await page.getByTestId('to-end').getByText('30 mensagens novas').waitFor({ state: 'attached' })
    expect(await page.getByTestId('message-deeds').count()).toBe(1)
    await page.getByTestId('react').first().click()
    await waitFor(() => api.world.messages[121]?.reactions.length === 1, { what: 'the reaction' })
    expect(person.troubles).toEqual([])
  })
})

describe('a quote', () => {
  it('leads to the message that it quotes, also to one that is not loaded yet', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = sayMuch(person, 300)
    const asked = api.world.messages[29]
    if (asked === undefined) throw new Error('there are not enough messages')
    const { from_me, author, sender, type, body } = asked
    api.world.messages.push(
      makeMessage(id, 'sobre isso', { quoted: 'W', quoted_message: { id: asked.id, from_me, author, sender, type, body } }),
    )
    await page.goto(chatPath(person))
    await page.getByTestId('quote-show').click()
    const there = page.locator(`[data-message="${asked.id}"]`)
    await there.waitFor()
    await waitFor(async () => ((await there.boundingBox())?.y ?? 0) > 100, { what: 'the quoted message in view' })
  })
})

describe('the list of conversations', () => {
  it('shows all, the unread, or those with a person; and is as it was after a look into one', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.conversations.push(makeConversation('Bia', { answering: 'person' }), makeConversation('Caio', { unread: 3 }))
    await page.goto(tenantPath(person, '/conversations'))
    const names = () => page.getByTestId('conversation-name').allInnerTexts()
    const shows = (expected: string[]) =>
      waitFor(async () => JSON.stringify(await names()) === JSON.stringify(expected), { what: `the list to be ${expected.join(', ')}` })
    await shows(['Ana Souza', 'Bia', 'Caio'])
    await page.getByTestId('show-unread').click()
    await shows(['Ana Souza', 'Caio'])
    await page.getByTestId('show-person').click()
    await shows(['Bia'])
    expect(await page.getByTestId('show-person').getAttribute('aria-pressed')).toBe('true')
    await page.getByTestId('conversation').click()
    await page.getByTestId('composer').waitFor()
    await shows(['Bia'])
    await page.getByTestId('conversation-search').fill('ninguém')
    await page.getByTestId('conversations-empty').getByText('Ninguém encontrado').waitFor()
    await page.getByTestId('conversation-search').fill('')
    api.world.conversations = api.world.conversations.filter(({ answering }) => answering === 'bot')
    api.hint('conversation', 'x')
    await page.getByTestId('conversations-empty').getByText('O robô cuida de todas').waitFor()
  })
})
