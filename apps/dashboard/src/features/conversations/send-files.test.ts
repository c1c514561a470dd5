import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { makeMessage } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const posts = ({ api }: Visit, pathEnd: string) => api.seen.filter(({ method, path }) => method === 'POST' && path.endsWith(pathEnd))
type Given = { name: string; type: string; text: string }
const NOTE: Given = { name: 'lista.txt', type: 'text/plain', text: 'pão' }
const VOICE: Given = { name: 'recado.ogg', type: 'audio/ogg', text: 'OggS' }
const choose = (page: Page, ...files: Given[]) =>
  page
    .getByTestId('attach-file')
    .setInputFiles(files.map(({ name, type: mimeType, text }) => ({ name, mimeType, buffer: Buffer.from(text) })))
/** As the browser would: the event, and in it the files. */
const hand = (
  page: Page,
  testId: string,
  event: 'paste' | 'dragover' | 'drop',
  { name, type, text, words = '' }: Given & { words?: string },
) =>
  page.getByTestId(testId).evaluate(
    (element, given) => {
      const data = new DataTransfer()
      data.items.add(new File([given.text], given.name, { type: given.type }))
      if (given.words !== '') data.setData('text/plain', given.words)
      const init = { bubbles: true, cancelable: true }
      const happens =
        given.event === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent(given.event, { ...init, dataTransfer: data })
      return !element.dispatchEvent(happens)
    },
    { event, name, type, text, words },
  )
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
const composed = (page: Page) => page.getByTestId('composer').inputValue()

describe('a chosen file', () => {
  it('is shown before it goes, with what is written as its caption; Enter sends both, and the focus is where one writes', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const asked = makeMessage(api.world.conversations[0]?.id ?? '', 'tem foto?', { wa_id: '3EB0AA' })
    api.world.messages.push(asked)
    await page.goto(chatPath(person))
    await page.getByTestId('message-reply').click()
    await page.getByTestId('composer').fill('o bolo')
    const picture = await page.screenshot()
    await page.getByTestId('attach-file').setInputFiles({ name: 'bolo.png', mimeType: 'image/png', buffer: picture })
    const preview = page.getByTestId('file-preview')
    await preview.getByText('bolo.png').waitFor()
    const shown = preview.getByTestId('file-preview-image')
    await waitFor(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth > 0), { what: 'the picture to be seen' })
    const address = (await shown.getAttribute('src')) ?? ''
    await waitFor(async () => (await focused(page)) === 'caption', { what: 'the focus on the caption' })
    expect(posts(person, '/media')).toEqual([])
    await page.keyboard.type(' de hoje')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('!')
    expect(await page.getByTestId('caption').inputValue()).toBe('o bolo de hoje\n!')
    await page.keyboard.press('Enter')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    expect(posts(person, '/media').map(({ type }) => type)).toEqual(['image/png'])
    expect(posts(person, '/messages').map(({ body }) => body)).toEqual([
      { type: 'image', media_id: expect.any(String), caption: 'o bolo de hoje\n!', reply_to: asked.id },
    ])
    expect(await composed(page)).toBe('')
    expect(await page.getByTestId('replying').count()).toBe(0)
    await waitFor(async () => (await focused(page)) === 'composer', { what: 'the focus back on the composer' })
    // What showed it is let go.
    const isThere = await page.evaluate(
      (src) => new Promise((done) => Object.assign(new Image(), { src, onload: () => done(true), onerror: () => done(false) })),
      address,
    )
    expect(isThere).toBe(false)
    await page.getByTestId('messages').getByText('o bolo de hoje').waitFor()
  })

  it('is let go by Escape, and what was written is there again', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('a lista')
    await choose(page, NOTE)
    await page.getByTestId('caption').fill('a lista de amanhã')
    await page.keyboard.press('Escape')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    expect(await composed(page)).toBe('a lista de amanhã')
    await waitFor(async () => (await focused(page)) === 'composer', { what: 'the focus back on the composer' })
    // The same file may be chosen again.
    await choose(page, NOTE)
    await page.getByTestId('send-file-cancel').click()
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    expect(posts(person, '')).not.toContainEqual(expect.objectContaining({ path: expect.stringMatching(/media$|messages$/) }))
    expect(person.troubles).toEqual([])
  })

  it('that is let go while it is uploaded is not sent', async () => {
    await using person = await visit(built)
    const { page } = person
    const upload = Promise.withResolvers<undefined>()
    await page.route(/\/media\?/u, async (route) => {
      await upload.promise
      await route.continue().catch(() => undefined)
    })
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('a lista')
    await choose(page, NOTE)
    await page.getByTestId('caption').press('Enter')
    await page.locator('[data-testid=send-file-send][aria-busy=true]').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    upload.resolve(undefined)
    // It would be sent before this one.
    await page.getByTestId('composer').press('Enter')
    await page.locator('[data-testid=message][data-author=person]').getByText('a lista').waitFor()
    expect(posts(person, '/messages').map(({ body }) => body)).toEqual([{ body: 'a lista' }])
    expect(person.troubles).toEqual([])
  })

  it('that could not be sent is tried again as it was, and sent once', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('a lista')
    await choose(page, NOTE)
    api.refuseNext('POST', '/messages', 'unavailable')
    await page.getByTestId('send-file-send').click()
    await page.getByTestId('send-file').getByTestId('problem').getByText('O servidor não pode responder agora.').waitFor()
    expect(await page.getByTestId('caption').getAttribute('readonly')).not.toBeNull()
    await page.getByTestId('caption').press('Enter')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    const [firstFile, secondFile, ...moreFiles] = posts(person, '/media')
    const [first, second, ...more] = posts(person, '/messages')
    expect([moreFiles, more]).toEqual([[], []])
    expect(secondFile).toEqual(firstFile)
    expect(second?.key).toBe(first?.key)
    expect(second?.body).toMatchObject({ type: 'document', caption: 'a lista' })
  })

  it('without a caption leaves what is written, and the next one follows', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('já ouviu?')
    await choose(page, VOICE, NOTE)
    const dialog = page.getByTestId('send-file')
    await dialog.getByText('O WhatsApp não mostra texto junto de um áudio').waitFor()
    await dialog.getByText('Mais 1 arquivo depois dele.').waitFor()
    expect(await page.getByTestId('caption').count()).toBe(0)
    await waitFor(async () => (await focused(page)) === 'send-file-send', { what: 'the focus on the button' })
    await page.keyboard.press('Enter')
    await page.getByTestId('file-preview').getByText('lista.txt').waitFor()
    expect(posts(person, '/messages').map(({ body }) => body)).toEqual([{ type: 'audio', media_id: expect.any(String) }])
    expect(await page.getByTestId('caption').inputValue()).toBe('já ouviu?')
    await waitFor(async () => (await focused(page)) === 'caption', { what: 'the focus on the caption' })
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    expect(posts(person, '/messages')[1]?.body).toMatchObject({ type: 'document', caption: 'já ouviu?' })
    expect(await composed(page)).toBe('')
  })

  it('that cannot go, or is not wanted, is passed over, and the others go on', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.mediaLimits = { document: 3000, other: 1000 }
    await page.goto(chatPath(person))
    await choose(page, { ...NOTE, name: 'grande.pdf', text: 'x'.repeat(4000) }, NOTE, VOICE)
    const dialog = page.getByTestId('send-file')
    await page.getByTestId('file-fault').waitFor()
    expect(await page.getByTestId('send-file-next').innerText()).toBe('lista.txt\nrecado.ogg')
    expect(await page.getByTestId('send-file-cancel').innerText()).toBe('Cancelar todos')
    await waitFor(async () => (await focused(page)) === 'send-file-skip', { what: 'the focus on passing it over' })
    await page.keyboard.press('Enter')
    await page.getByTestId('file-preview').getByText('lista.txt').waitFor()
    expect(await page.getByTestId('send-file-next').innerText()).toBe('recado.ogg')
    await page.getByTestId('send-file-skip').click()
    await page.getByTestId('file-preview').getByText('recado.ogg').waitFor()
    // It is the last one: there is nothing to pass over to.
    expect(await page.getByTestId('send-file-skip').count()).toBe(0)
    expect(await page.getByTestId('send-file-cancel').innerText()).toBe('Cancelar')
    await page.getByTestId('send-file-send').click()
    await dialog.waitFor({ state: 'detached' })
    expect(posts(person, '/messages').map(({ body }) => body)).toEqual([{ type: 'audio', media_id: expect.any(String) }])
    expect(person.troubles).toEqual([])
  })

  it('that the server would not take is said so before it is uploaded; a picture too large for one goes as a document', async () => {
    await using person = await visit(built)
    const { page, api } = person
    api.world.mediaLimits = { document: 3000, other: 1000 }
    await page.goto(chatPath(person))
    await choose(page, { ...NOTE, text: 'x'.repeat(3001) })
    await page.getByTestId('file-fault').getByText('O arquivo é grande demais: no máximo 3 kB.').waitFor()
    expect(await page.getByTestId('send-file-send').isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    await choose(page, { ...NOTE, text: '' })
    await page.getByTestId('file-fault').getByText('O arquivo está vazio.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('send-file').waitFor({ state: 'detached' })
    await choose(page, { name: 'foto.png', type: 'image/png', text: 'x'.repeat(2000) })
    await page.getByTestId('file-as-document').waitFor()
    await page.keyboard.press('Enter')
    await waitFor(() => posts(person, '/messages').length === 1, { what: 'the message' })
    expect(posts(person, '/messages')[0]?.body).toMatchObject({ type: 'document' })
    expect(posts(person, '/media')).toHaveLength(1)
  })

  it('is also one that is pasted, but not beside text; and one that is dropped on the chat', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    const preview = page.getByTestId('file-preview')
    expect(await hand(page, 'composer', 'paste', { ...NOTE, words: 'pão' })).toBe(false)
    expect(await hand(page, 'composer', 'paste', { name: 'image.png', type: 'image/png', text: 'x' })).toBe(true)
    await preview.getByText('image.png').waitFor()
    // It is none: what cannot be shown has its icon.
    await preview.getByTestId('file-preview-image').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await preview.waitFor({ state: 'detached' })
    expect(await hand(page, 'messages-box', 'dragover', NOTE)).toBe(true)
    await page.getByTestId('drop-here').waitFor()
    expect(await hand(page, 'messages-box', 'drop', NOTE)).toBe(true)
    await preview.getByText('lista.txt').waitFor()
    expect(await page.getByTestId('drop-here').count()).toBe(0)
    await page.keyboard.press('Escape')
    await waitFor(async () => (await focused(page)) === 'composer', { what: 'the focus on the composer' })
    expect(posts(person, '/media')).toEqual([])
    expect(person.troubles).toEqual([])
  })
})
