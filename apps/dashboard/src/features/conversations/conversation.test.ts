import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, chatPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { calls, listening, sent, text, write } from '../../testing/steps.ts'
import { makeMessage, say } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('a conversation', () => {
  it('of a group names it, and above each message who wrote it', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const conversation = api.world.conversations[0]!
    Object.assign(conversation.contact, { name: 'Turma de 2026', phone: null, group: '120363000000000001@g.us' })
    api.world.messages.push(
      makeMessage(conversation.id, 'quem vai?', { sender: { id: '5511977776666@c.us', phone: '5511977776666', name: 'Bia' } }),
      makeMessage(conversation.id, 'eu', { sender: { id: '99887766@lid', phone: null, name: null } }),
    )
    await page.goto(chatPath(person))
    const senders = page.getByTestId('message-sender')
    await senders.nth(1).waitFor()
    expect(await senders.allTextContents()).toEqual(['Bia', 'Contato sem nome'])
    await page.getByText('Grupo', { exact: true }).first().waitFor()
    await page.getByTestId('answering').getByText('O robô não responde em grupos.').waitFor()
    expect(await page.getByTestId('take-over').count()).toBe(0)
  })

  it.each([
    ['Bia', { name: 'Bia', phone: '5511977776666' }],
    ['+55 11 97777-6666', { name: null, phone: '5511977776666' }],
    ['Contato sem nome', { name: null, phone: null }],
  ])('of a group says by a quote who wrote it: %s', async (shown, who) => {
    await using person = await visit(built)
    const { page, api } = person
    const conversation = api.world.conversations[0]!
    Object.assign(conversation.contact, { name: 'Turma de 2026', phone: null, group: '120363000000000001@g.us' })
    const asked = makeMessage(conversation.id, 'quem vai?', { sender: { id: '99887766@lid', ...who } })
    const { id, from_me, author, sender, type, body } = asked
    api.world.messages.push(
      asked,
      makeMessage(conversation.id, 'eu', { quoted: 'W', quoted_message: { id, from_me, author, sender, type, body } }),
    )
    await page.goto(chatPath(person))
    expect(await text(page, 'quote-author')).toBe(shown)
  })

  it('with somebody whose name is not known quotes the number', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const conversation = api.world.conversations[0]!
    Object.assign(conversation.contact, { name: null, phone: '5511977776666' })
    const asked = makeMessage(conversation.id, 'onde fica?')
    const { id, from_me, author, sender, type, body } = asked
    api.world.messages.push(
      asked,
      makeMessage(conversation.id, 'aqui', { quoted: 'W', quoted_message: { id, from_me, author, sender, type, body } }),
    )
    await page.goto(chatPath(person))
    await page.getByTestId('quote-author').getByText('+55 11 97777-6666').waitFor()
  })

  it('that was merged into another leads there, with what was typed', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const { id } = api.world.conversations[0]!
    const gone = crypto.randomUUID()
    await page.goto(chatPath(person))
    await page.evaluate((old) => sessionStorage.setItem(`zaptria.draft.${old}`, 'já vou ver'), gone)
    await page.goto(chatPath(person).replace(id, gone))
    await page.waitForURL((url) => url.pathname.endsWith(id))
    await waitFor(async () => (await page.getByRole('textbox').last().inputValue()) === 'já vou ver', { what: 'the draft' })
    expect(calls(person, 'GET', `/conversations/${id}/messages`).length).toBeGreaterThan(0)
  })

  it('shows what comes at once, and marks it read', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const [conversation] = api.world.conversations
    await page.goto(chatPath(person))
    await page.getByText('mensagem 120', { exact: true }).waitFor()
    await waitFor(() => conversation?.unread === 0, { what: 'the conversation to be read' })
    await listening(person)
    api.world.messages.push(makeMessage(conversation?.id ?? '', 'tem pão?'))
    api.hint('message', conversation?.id ?? '')
    await page.getByText('tem pão?', { exact: true }).waitFor()
    expect(await page.getByTestId('messages-box').getAttribute('data-at-end')).toBe('true')
  })

  it('shows files: here, on their way, not to be had, and not what they claim to be', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = api.world.conversations[0]?.id ?? ''
    const media = { kind: 'document', mimetype: 'application/pdf', filename: 'nota.pdf', failure: null, mismatch: false } as const
    api.world.messages.push(
      makeMessage(id, 'aqui', { type: 'document', media: { ...media, state: 'stored' } }),
      makeMessage(id, 'logo', { type: 'document', media: { ...media, state: 'pending' } }),
      makeMessage(id, 'nunca', { type: 'document', media: { ...media, state: 'failed', failure: 'gone' } }),
      makeMessage(id, 'outro', {
        type: 'image',
        media: { ...media, kind: 'image', mimetype: 'application/octet-stream', filename: 'foto.png', state: 'stored', mismatch: true },
      }),
    )
    await page.goto(chatPath(person))
    const download = page.getByTestId('file-download')
    await download.first().waitFor()
    expect(await download.first().getAttribute('href')).toMatch(/^\/api\/v1\/tenants\/[0-9a-f-]+\/messages\/[0-9a-f-]+\/media$/)
    expect(await page.getByTestId('file-missing').allInnerTexts()).toEqual([
      expect.stringContaining('Chegando do WhatsApp'),
      expect.stringContaining('O WhatsApp não tem mais este arquivo'),
    ])
    await page.getByText('Não é o tipo de arquivo que diz ser').waitFor()
    expect(await page.getByTestId('file-image').count()).toBe(0)
  })

  it('shows places, contacts, polls, and what a message answers; the map is opened by a click alone', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const [conversation] = api.world.conversations
    const id = conversation?.id ?? ''
    const vcard = 'BEGIN:VCARD\nFN:Bia\nTEL:+55 11 92222-3333\nEND:VCARD'
    const asked = makeMessage(id, 'onde fica?')
    const { from_me, author, sender, type, body } = asked
    api.world.messages.push(
      asked,
      makeMessage(id, 'MASP\nAv. Paulista', {
        type: 'location',
        content: { kind: 'location', latitude: -23.5, longitude: 46.25, name: 'MASP', address: 'Av. Paulista' },
        quoted: 'X',
        quoted_message: { id: asked.id, from_me, author, sender, type, body },
      }),
      makeMessage(id, 'Bia', { type: 'vcard', content: { kind: 'contacts', contacts: [{ name: 'Bia', vcard }] } }),
      makeMessage(id, 'Dia?', {
        type: 'poll_creation',
        content: { kind: 'poll', question: 'Dia?', options: ['Sexta', 'Sábado'], max_choices: 1 },
      }),
      makeMessage(id, 'sobre a antiga', { quoted: 'Y' }),
    )
    const foreign: string[] = []
    page.on('request', (request) => void (request.url().includes('openstreetmap') && foreign.push(request.url())))
    await page.goto(chatPath(person))
    const place = page.getByTestId('content-location')
    await place.waitFor()
    expect(await place.innerText()).toBe('MASP\n\nAv. Paulista\n\nVer no mapa')
    expect(await page.getByTestId('content-map').getAttribute('href')).toBe(
      'https://www.openstreetmap.org/?mlat=-23.5&mlon=46.25#map=17/-23.5/46.25',
    )
    expect(await page.getByTestId('content-contact').innerText()).toBe('Bia\n\n+55 11 92222-3333')
    expect(await page.getByTestId('content-poll').innerText()).toMatch(/^Dia\?\s+Até 1 escolha\s+Sexta\s+Sábado$/)
    expect(await page.getByTestId('quote').allInnerTexts()).toEqual([
      expect.stringMatching(/^Ana Souza\s+onde fica\?$/),
      'Responde a uma mensagem que não está aqui.',
    ])
    expect(foreign).toEqual([])
  })

  it('answers a message: quotes it, sends its id, and lets go of it', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = api.world.conversations[0]?.id ?? ''
    const asked = makeMessage(id, 'onde fica?', { wa_id: '3EB0AA' })
    api.world.messages.push(makeMessage(id, 'nunca saiu', { wa_id: '3EB0AB', from_me: true, author: 'person', status: 'failed' }), asked)
    await page.goto(chatPath(person))
    const reply = page.getByTestId('message-reply')
    await reply.waitFor()
    expect(await reply.count()).toBe(1)
    await reply.click()
    await page.getByTestId('replying').getByText('onde fica?').waitFor()
    expect(await page.getByTestId('replying').getByTestId('quote-author').innerText()).toBe('Ana Souza')
    await page.getByTestId('reply-cancel').click()
    expect(await page.getByTestId('replying').count()).toBe(0)
    await reply.click()
    await page.keyboard.type('na esquina')
    await page.keyboard.press('Enter')
    await waitFor(() => sent(person).length === 1, { what: 'the message' })
    expect(sent(person)[0]?.body).toEqual({ body: 'na esquina', reply_to: asked.id })
    expect(await page.getByTestId('replying').count()).toBe(0)
  })

  it('sends on Enter, keeps a failed reply with its words, and retries it under the same key', async () => {
    await using person = await visit(built)
    const { page, api } = person
    await page.goto(chatPath(person))
    const composer = page.getByTestId('composer')
    await composer.fill('primeira linha')
    await composer.press('Shift+Enter')
    await composer.pressSequentially('segunda')
    api.refuseNext('POST', '/messages', 'unavailable')
    await composer.press('Enter')
    await page.getByTestId('retry-send').waitFor()
    expect(await text(page, 'pending-message')).toContain('O servidor não pode responder agora.')
    expect(await composer.inputValue()).toBe('')
    await page.getByTestId('retry-send').click()
    await page.locator('[data-testid=message][data-author=person][data-status=accepted]').waitFor()
    await page.getByTestId('pending-message').waitFor({ state: 'detached' })
    const [first, second, ...more] = sent(person)
    expect(more).toEqual([])
    expect(second).toEqual(first)
    expect(first?.body).toEqual({ body: 'primeira linha\nsegunda' })
    // A person wrote: the bot is silent, until one click.
    await page.getByTestId('give-back').click()
    await page.getByTestId('take-over').waitFor()
    expect(api.world.conversations[0]?.answering).toBe('bot')
  })

  it('says who answers, since when, and when the bot comes back, no sooner than it does', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const [conversation] = api.world.conversations
    const bar = page.getByTestId('answering').getByRole('status')
    await page.goto(chatPath(person))
    expect(await bar.innerText()).toBe('O robô responde aqui · há 10 minutos')
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
    Object.assign(conversation!, { answering: 'person', answering_since: ago(60), bot_resumes_at: ago(-7190) })
    await page.goto(chatPath(person))
    await bar.getByText(/^É a vez de uma pessoa, o robô está em silêncio · há 1 minuto · ele volta em 2 h$/).waitFor()
    api.world.messages.push(makeMessage(conversation!.id, 'já vou', { from_me: true, author: 'owner', status: 'read', at: ago(58) }))
    await page.goto(chatPath(person))
    await bar.getByText(/^O dono responde pelo celular/).waitFor()
    await write(page, 'pode deixar')
    await bar.getByText(/^Uma pessoa responde,/).waitFor()
  })

  it('keeps what was typed and not sent', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    await page.getByTestId('composer').fill('ainda não')
    await page.getByTestId('tab-flow').click()
    await page.getByTestId('flow-text').waitFor()
    await page.goBack()
    expect(await page.getByTestId('composer').inputValue()).toBe('ainda não')
    await page.reload()
    expect(await page.getByTestId('composer').inputValue()).toBe('ainda não')
  })

  it('loads older messages above without moving what is read', async () => {
    await using person = await visit(built)
    const { page } = person
    await page.goto(chatPath(person))
    await page.getByText('mensagem 120', { exact: true }).waitFor()
    const old = page.getByText('mensagem 71', { exact: true })
    await page.getByTestId('messages-box').evaluate((box) => (box.scrollTop = 0))
    await old.waitFor()
    const top = async () => Math.round((await old.boundingBox())?.y ?? Number.NaN)
    const before = await top()
    await page.getByText('mensagem 65', { exact: true }).waitFor({ state: 'attached' })
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(2)
  })

  it('says why a message did not go', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const failed = { from_me: true, author: 'person', status: 'failed', failure: { reason: 'not_on_whatsapp', detail: null } } as const
    api.world.messages.push(makeMessage(api.world.conversations[0]?.id ?? '', 'alô', failed))
    await page.goto(chatPath(person))
    expect(await text(page, 'message-failure')).toContain('Este número não tem WhatsApp.')
  })

  it('whose last message did not go is marked in the list, live, and by words', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const [conversation] = api.world.conversations
    await page.goto(chatPath(person))
    const mark = page.getByTestId('conversation').first().getByTestId('unsent')
    await page.getByTestId('message').first().waitFor()
    await listening(person)
    expect(await mark.count()).toBe(0)
    conversation!.unsent = true
    api.hint('message', conversation!.id)
    await mark.waitFor()
    expect(await mark.getAttribute('aria-label')).toBe('A última mensagem não foi enviada.')
    conversation!.unsent = false
    api.hint('message', conversation!.id)
    await mark.waitFor({ state: 'detached' })
    // What did not leave this browser is known to it alone.
    api.refuseNext('POST', '/messages', 'unavailable')
    await write(page, 'um')
    await mark.waitFor()
    await page.getByTestId('retry-send').click()
    await mark.waitFor({ state: 'detached' })
  })

  it('says, before and after, that what is sent waits while the bot is not connected, and until when', async () => {
    await using person = await visit(built)
    const { page, api } = person
    say(api.world, 'reconnecting', 'network_lost')
    const queued = { from_me: true, author: 'person', status: 'queued', expires_at: '2027-03-01T12:00:00.000Z' } as const
    const id = api.world.conversations[0]?.id ?? ''
    api.world.messages.push(
      makeMessage(id, 'já vou', queued),
      makeMessage(id, 'quase', { ...queued, status: 'handed', expires_at: null }),
      makeMessage(id, 'foi', { ...queued, status: 'accepted' }),
    )
    await page.goto(chatPath(person))
    await page.getByTestId('composer-waits').waitFor()
    expect(await text(page, 'composer-waits')).toContain('24 horas')
    expect(await page.locator('[data-status=queued]').getByTestId('message-waits').innerText()).toMatch(/Espera o robô .*2027/)
    expect(await page.locator('[data-status=handed]').getByTestId('message-waits').innerText()).toBe(
      'Espera o robô conectar, e então vai sozinha.',
    )
    expect(await page.getByTestId('message-waits').count()).toBe(2)
    const atEnd = async () => (await page.getByTestId('messages-box').getAttribute('data-at-end')) === 'true'
    await waitFor(atEnd, { what: 'the chat to be at its end' })
    await listening(person)
    say(api.world, 'connected', 'ready')
    api.hint('bot', api.world.bot.id)
    await page.getByTestId('composer-waits').waitFor({ state: 'detached' })
    expect(await page.getByTestId('message-waits').count()).toBe(0)
  })

  it('says for when a message is scheduled, and offers to cancel it', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const scheduled = { from_me: true, author: 'api', status: 'scheduled', send_at: '2027-03-01T12:00:00.000Z' } as const
    api.world.messages.push(makeMessage(api.world.conversations[0]?.id ?? '', 'Lembrete: amanhã às 9h.', scheduled))
    await page.goto(chatPath(person))
    const bubble = page.locator('[data-status=scheduled]')
    expect(await bubble.innerText()).toMatch(/Agendada para .*2027/)
    await bubble.getByTestId('message-cancel').waitFor()
  })
})

describe('what is done to messages', () => {
  const change = (person: Visit, method: string) => calls(person, method, '').find(({ path }) => path.includes('/messages/'))

  it('shows reactions, edits and deletions, and what could not be done', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const id = api.world.conversations[0]?.id ?? ''
    const at = new Date().toISOString()
    const failure = { reason: 'rejected_by_whatsapp', detail: null } as const
    api.world.messages.push(
      makeMessage(id, 'gostei', { reactions: [{ emoji: '👍', from_me: false, sender: null, at }] }),
      makeMessage(id, 'corrigida', { edited_at: at }),
      makeMessage(id, '', { deleted_at: at }),
      makeMessage(id, 'velha', { from_me: true, status: 'read', change: { id, kind: 'edit', status: 'failed', failure, at } }),
    )
    await page.goto(chatPath(person))
    expect(await text(page, 'reactions')).toBe('👍')
    expect(await text(page, 'edited')).toBe('editada')
    expect(await page.locator('[data-deleted=true]').getByTestId('message-body').innerText()).toBe('Mensagem apagada')
    expect(await page.locator('[data-deleted=true]').getByTestId('message-menu').count()).toBe(0)
    expect(await text(page, 'change-failed')).toBe('Não foi editada. O WhatsApp não aceita isso nesta mensagem.')
  })

  it('reacts, edits, and deletes for everyone after saying what follows', async () => {
    await using person = await visit(built)
    const { page, api } = person
    const at = new Date().toISOString()
    api.world.messages.push(
      makeMessage(api.world.conversations[0]?.id ?? '', 'ola', { from_me: true, author: 'person', status: 'read', at }),
    )
    await page.goto(chatPath(person))
    const bubble = page.getByTestId('message').last()
    await bubble.getByText('ola', { exact: true }).waitFor()
    await bubble.getByTestId('message-menu').click()
    await page.getByTestId('react').first().click()
    await bubble.getByTestId('reactions').waitFor()
    expect(change(person, 'PUT')).toMatchObject({ body: { emoji: '👍' }, key: expect.any(String) })

    await bubble.getByTestId('message-menu').click()
    await page.getByTestId('message-edit').click()
    const field = page.getByTestId('edit-body')
    await page.locator('[data-testid=edit-body]:focus').waitFor()
    await field.press('Enter')
    expect(await field.inputValue()).toBe('ola')
    await field.fill('olá')
    await field.press('Shift+Enter')
    await field.pressSequentially('Ana')
    await field.press('Enter')
    await bubble.getByTestId('edited').waitFor()
    expect(change(person, 'PATCH')).toMatchObject({ body: { body: 'olá\nAna' }, key: expect.any(String) })

    await bubble.getByTestId('message-menu').click()
    await page.getByTestId('message-delete').click()
    expect(await text(page, 'confirm')).toContain('não dá para desfazer')
    api.refuseNext('DELETE', api.world.messages.at(-1)?.id ?? '', 'delete_too_late')
    await page.getByTestId('confirm-yes').click()
    await page.getByText('O WhatsApp não apaga mais esta mensagem para todos.').waitFor()
    await page.getByTestId('confirm-yes').click()
    await page.locator('[data-deleted=true]').waitFor()
  })
})
