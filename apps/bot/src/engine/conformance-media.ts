import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { ANA, ANA_CHAT, bodies, SHOP, type Scenes } from './conformance-scene.ts'
import { MediaGoneError } from './port.ts'
import { newKey } from './testing.ts'

/** Files, in and out. Part of `describeEngine`, in its `messages`. */
export const movesMedia = ({ withPaired }: Scenes): void => {
  it('describes media that comes in', () =>
    withPaired(async ({ bot, scenario }) => {
      const data = Buffer.from('%PDF-1.4 conteúdo').toString('base64')
      const media = { data, mimetype: 'application/pdf', filename: 'recibo.pdf' }
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'segue', media })
      const { message } = await bot.waitMessage('segue')
      expect(message).toMatchObject({ type: 'document', media: { mimetype: 'application/pdf', filename: 'recibo.pdf' } })
      expect(message.media?.size_bytes).toBe(Buffer.from(data, 'base64').length)
    }))

  it('brings the bytes of media, piece by piece, under the hash that was told', () =>
    withPaired(async ({ bot, scenario }) => {
      const bytes = randomBytes(1_300_000)
      const media = { data: bytes.toString('base64'), mimetype: 'application/pdf', filename: 'grande.pdf' }
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'segue', media })
      const { message } = await bot.waitMessage('segue')
      const pieces = await bot.download(message)
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(1024 * 1024)
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
      expect(message.media?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    }))

  it('says that media is gone, and brings it when it is back', () =>
    withPaired(async ({ bot, scenario }) => {
      const bytes = Buffer.from('uma imagem')
      const media = { data: bytes.toString('base64'), mimetype: 'image/png' }
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'foto', media })
      const { message } = await bot.waitMessage('foto')
      await scenario.setFaults({ mediaGone: true })
      await expect(bot.download(message)).rejects.toThrow(MediaGoneError)
      await expect(bot.download({ ...message, waId: 'NOSUCHMESSAGE' })).rejects.toThrow(MediaGoneError)
      await scenario.setFaults({ mediaGone: false })
      expect(Buffer.concat(await bot.download(message)).equals(bytes)).toBe(true)
    }))

  it('brings media that the owner sent, and that came while nobody looked', () =>
    withPaired(async ({ bot, scenario, start }) => {
      await bot.engine.close()
      const bytes = randomBytes(5_000)
      const media = { data: bytes.toString('base64'), mimetype: 'image/png' }
      await scenario.sendFromPhone({ account: SHOP, contact: ANA, body: 'minha', media })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'dela', media })
      const again = start()
      await again.open()
      await again.waitState('connected')
      const found = await again.caughtUp()
      expect(bodies(found)).toEqual(['minha', 'dela'])
      for (const message of found) expect(Buffer.concat(await again.download(message)).equals(bytes)).toBe(true)
    }))

  it.each([
    ['image', 'image/png', 'image'],
    ['video', 'video/mp4', 'video'],
    ['audio', 'audio/mpeg', 'audio'],
    ['document', 'image/png', 'document'],
    ['sticker', 'image/webp', 'sticker'],
  ] as const)('sends a file as %s, under the key it is given', (kind, mimetype, type) =>
    withPaired(async ({ bot, scenario, lab }) => {
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'manda' })
      await bot.waitMessage('manda')
      const bytes = randomBytes(700_000)
      const { handle, release } = await bot.stage({ mimetype, filename: 'cardápio.bin' }, bytes)
      const waId = newKey()
      const text = kind === 'sticker' ? '' : 'hoje'
      expect(await bot.send({ waId, chatId: ANA_CHAT, text, file: { handle, kind } })).toMatchObject({ outcome: 'handed' })
      await release()
      const sent = await scenario.waitForMessage({ account: SHOP, contact: ANA, id: waId })
      expect(sent).toMatchObject({ type, body: text, media: { mimetype, size: bytes.length } })
      if (kind === 'document') expect(sent.media).toMatchObject({ filename: 'cardápio.bin' })
      const answer = await fetch(`${lab.control}/api/media/${sent.media?.id}`)
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
      await bot.wait('ack', (event) => event.waId === waId && event.ack >= 1)
    }),
  )
}
