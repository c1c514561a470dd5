import { appendFileSync, existsSync, globSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import wwebjs from 'whatsapp-web.js'
import { newKey, type Watched } from '../testing.ts'
import { TamedClient } from './client.ts'
import { ANA, ANA_CHAT, browsersOn, SHOP, withScene } from './testing.ts'

// The rows are those of the table of what goes wrong with whatsapp-web.js.

describe('a session’s life', () => {
  it('row 1: leaves the profile alone on logout; a new link on a fresh one survives its restart', () =>
    withScene(async ({ scenario, volume, userDataDir, pair, restart }) => {
      const first = await pair()
      await scenario.unlink({ account: SHOP })
      expect(await first.wait('ended')).toMatchObject({ state: 'logged_out', reason: 'logout_by_phone' })
      await first.engine.close()
      expect(existsSync(join(userDataDir, 'Default'))).toBe(true)
      await rm(join(volume, 'session'), { recursive: true, force: true, maxRetries: 5 })
      const second = await pair()
      expect(second.of('qr').length).toBeGreaterThan(0)
      await second.engine.close()
      const third = await restart()
      expect(third.of('qr')).toEqual([])
    }))

  it.each([
    ['the phone logs it out', 'unlink'],
    ['the session is opened elsewhere', 'conflict'],
    ['the account is banned', 'ban'],
  ] as const)('row 2: can be closed from inside the very event, when %s', (_, act) =>
    withScene(async ({ scenario, pair, userDataDir }) => {
      const bot = await pair()
      let closed: Promise<void> | undefined
      const ended = bot.wait('ended').then(() => bot.engine.close())
      bot.onEvent = (event) => {
        if (event.kind === 'ended') closed = bot.engine.close()
      }
      await scenario[act]({ account: SHOP })
      await ended
      await closed
      expect(closed).toBeDefined()
      expect(browsersOn(userDataDir)).toEqual([])
    }),
  )

  it('row 3: is connected even when the page has synced before anybody listens', () =>
    withScene(async ({ scenario, pair, restart }) => {
      await (await pair()).engine.close()
      await scenario.setFaults({ fastSync: true })
      for (let round = 0; round < 3; round++) {
        const bot = await restart()
        await scenario.sendFromContact({ account: SHOP, contact: ANA, body: `rodada ${round}` })
        await bot.waitMessage(`rodada ${round}`)
        await bot.engine.close()
      }
    }))

  it('row 5: finds by catching up what whatsapp-web.js does not tell', () =>
    withScene(async ({ scenario, pair, restart }) => {
      await (await pair()).engine.close()
      for (const body of ['um', 'dois', 'três']) await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
      const bot = await restart()
      const caught = await bot.caughtUp()
      expect(caught.map((message) => message.body)).toEqual(['um', 'dois', 'três'])
      expect(bot.messages()).toEqual([])
    }))

  it('row 14: shows a fresh code each time the page stops offering them', () =>
    withScene(async ({ scenario, start }) => {
      await scenario.setSettings({ qrTtlMs: 250, qrRotations: 2 })
      const bot = start()
      await bot.open()
      await bot.qr()
      for (let pauses = 1; pauses <= 3; pauses++) {
        const nth = () =>
          bot.events.findIndex(
            (_, index, all) => all.slice(0, index + 1).filter((one) => one.kind === 'qr' && one.qr === null).length === pauses,
          )
        await bot.wait('qr', () => nth() >= 0)
        await bot.wait('qr', (event) => event.qr !== null, { after: nth() })
      }
      await scenario.setSettings({ qrTtlMs: 20_000 })
      const { qr } = await bot.wait('qr', (event) => event.qr !== null, { after: bot.events.length })
      await scenario.scan({ account: SHOP, qr: qr ?? '' })
      await bot.waitState('connected')
    }))

  it('row 15: is connected once and hears each message once when the page says twice that it is ready', () =>
    withScene(async ({ scenario, pair, restart }) => {
      await scenario.setFaults({ doubleReady: true })
      const first = await pair()
      await first.engine.close()
      const bot = await restart()
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'um' })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'dois' })
      await bot.waitMessage('dois')
      expect(bot.messages().map((message) => message.body)).toEqual(['um', 'dois'])
      expect(bot.of('state').filter((event) => event.state === 'connected')).toHaveLength(1)
      const { waId } = await sendOne(bot)
      await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
      expect(bot.of('ack').filter((event) => event.waId === waId && event.ack === 2)).toHaveLength(1)
    }))

  it('row 16: shows no code made of "undefined"', () =>
    withScene(async ({ scenario, start }) => {
      await scenario.setFaults({ spuriousQr: true })
      const bot = start()
      await bot.open()
      const first = await bot.qr()
      await scenario.expireQrs()
      const { qr } = await bot.wait('qr', (event) => event.qr !== null && event.qr !== first)
      await scenario.scan({ account: SHOP, qr: qr ?? '' })
      await bot.waitState('connected')
      const codes = bot.of('qr').flatMap((event) => event.qr ?? [])
      expect(codes.length).toBeGreaterThan(1)
      expect(codes.filter((code) => !code.startsWith('2@'))).toEqual([])
    }))

  it('row 17: keeps the link when the browser is killed right after it was made', () =>
    withScene(async ({ pair, restart, userDataDir }) => {
      const bot = await pair()
      for (const one of browsersOn(userDataDir)) process.kill(one.pid, 'SIGKILL')
      await bot.wait('ended')
      await bot.engine.close()
      const again = await restart()
      expect(again.of('qr')).toEqual([])
    }))

  it('keeps the link when a full disk tore a database, another browser worked behind the tear, and was killed', () =>
    withScene(async ({ scenario, pair, restart, userDataDir }) => {
      await (await pair()).engine.close()
      const [log] = logsOf(userDataDir)
      // The header of a record of 500 bytes, and the first 100 of them.
      appendFileSync(log!, Buffer.concat([Buffer.from([1, 2, 3, 4, 0xf4, 0x01, 1]), Buffer.alloc(100, 0x5a)]))
      for (const body of ['um', 'dois']) {
        const bot = await restart()
        await scenario.sendFromContact({ account: SHOP, contact: ANA, body })
        const { waId } = await sendOne(bot)
        await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
        for (const one of browsersOn(userDataDir)) process.kill(one.pid, 'SIGKILL')
        await bot.wait('ended')
        await bot.engine.close()
        expect(bot.of('qr')).toEqual([])
      }
    }))

  it('row 18: keeps the session with a strategy that neither moves nor deletes anything', async () => {
    const hooks = {
      browserUp: async () => {},
      beforeInject: async () => false,
      injected: async () => {},
      injectFailed: () => {},
      beforeListening: async () => false,
      afterListening: async () => false,
    }
    const client = new TamedClient(hooks, { userDataDir: '/nowhere' }, 1)
    const { authStrategy } = client as unknown as { authStrategy: wwebjs.AuthStrategy }
    expect(authStrategy).not.toBeInstanceOf(wwebjs.RemoteAuth)
    expect(authStrategy).not.toBeInstanceOf(wwebjs.LocalAuth)
    await Promise.all([authStrategy.logout(), authStrategy.disconnect(), authStrategy.destroy()])
  })

  it.each([
    ['whatsapp-web.js cannot listen, nor send', ['WAWebSyncGatingUtils', 'WAWebChatGetters', 'WALinkify']],
    [
      'whatsapp-web.js cannot listen, and nobody can be asked for',
      ['WAWebSyncGatingUtils', 'WAWebGetEphemeralFieldsMsgActionsUtils', 'WAWebQueryExistsJob'],
    ],
  ])('names the modules that the page has lost, and goes on where it can: %s', (_, missingModules) =>
    withScene(async ({ scenario, pair }) => {
      await scenario.setFaults({ missingModules })
      const bot = await pair()
      const { missing } = await bot.wait('probe', (event) => event.missing.length > 0)
      expect(missing.toSorted()).toEqual(missingModules.toSorted())
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'ainda aí?' })
      await bot.waitMessage('ainda aí?')
      const { waId } = await sendOne(bot)
      await bot.wait('ack', (event) => event.waId === waId && event.ack === 2)
      expect(bot.messages()).toHaveLength(1)
    }),
  )

  it('hears messages even when whatsapp-web.js never gets ready', () =>
    withScene(async ({ scenario, pair }) => {
      await scenario.setFaults({ missingModules: ['WAWebUserPrefsMeUser'] })
      const bot = await pair({ readyGraceMs: 300 })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'ainda aí?' })
      await bot.waitMessage('ainda aí?')
      await expect(bot.send({ chatId: ANA_CHAT, text: 'sem saber quem sou' })).rejects.toThrow(Error)
      expect(await scenario.messages({ account: SHOP })).toHaveLength(1)
    }))

  it('says that the page is not what it knows when linking has lost a module', () =>
    withScene(async ({ scenario, start }) => {
      await scenario.setFaults({ missingModules: ['WAWebUserPrefsInfoStore'] })
      const bot = start()
      await bot.open()
      expect(await bot.wait('ended')).toMatchObject({ state: 'failed', reason: 'engine_incompatible' })
      expect(bot.of('probe')).toMatchObject([{ missing: ['WAWebUserPrefsInfoStore'] }])
    }))

  it('shows a code although the page reloads itself again and again while it is injected into', () =>
    withScene(async ({ scenario, start }) => {
      const bot = start()
      await bot.open()
      let qr = ''
      // The Lab knows a code before the engine does: it is still injecting.
      for (let round = 0; round < 3; round++) {
        qr = await scenario.waitForQr({ not: qr, timeoutMs: 20_000 })
        await scenario.reloadPages()
      }
      const last = await scenario.waitForQr({ not: qr, timeoutMs: 20_000 })
      await bot.wait('qr', (event) => event.qr === last)
      await scenario.scan({ account: SHOP, qr: last })
      await bot.waitState('connected')
    }))

  it('brings the file of whoever sent it, though somebody else in the group chose the same id', () =>
    withScene(async ({ scenario, pair }) => {
      const bia = '5511977776666'
      await scenario.createContact({ phone: bia, name: 'Bia' })
      const bot = await pair()
      const { chat } = await scenario.createGroup({ account: SHOP, subject: 'Turma', participants: [ANA, bia] })
      for (const contact of [ANA, bia]) {
        const media = { data: Buffer.from(`de ${contact}`).toString('base64'), mimetype: 'application/pdf' }
        await scenario.sendFromContact({ account: SHOP, contact, chat, id: 'SAME', body: contact, media })
      }
      for (const contact of [ANA, bia]) {
        const { message } = await bot.waitMessage(contact)
        expect(Buffer.concat(await bot.download(message)).toString()).toBe(`de ${contact}`)
      }
    }))

  it('comes back when the page reloads itself, without a code', () =>
    withScene(async ({ scenario, pair }) => {
      const bot = await pair()
      const before = bot.events.length
      await scenario.reloadPages()
      expect(await bot.waitState('reconnecting', { after: before })).toMatchObject({ reason: 'engine_starting' })
      await bot.waitState('connected', { after: before })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'depois' })
      await bot.waitMessage('depois')
      const { waId } = await sendOne(bot)
      await scenario.waitForMessage({ account: SHOP, id: waId, ack: 2 })
      expect(bot.of('qr').slice(-1)).toMatchObject([{ qr: null }])
    }))
})

/** The logs that IndexedDB writes. */
const logsOf = (userDataDir: string): string[] => globSync(join(userDataDir, 'Default/IndexedDB/*.leveldb/*.log'))

const sendOne = async (bot: Watched): Promise<{ waId: string }> => {
  const waId = newKey()
  expect(await bot.send({ waId, chatId: ANA_CHAT, text: 'olá' })).toMatchObject({ outcome: 'handed' })
  return { waId }
}
