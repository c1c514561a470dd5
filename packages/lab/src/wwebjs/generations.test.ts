import { describe, expect, it } from 'vitest'
import wwebjs from 'whatsapp-web.js'
import type { Message } from 'whatsapp-web.js'
import { generations } from '../domain/types.ts'
import { traits } from '../page/config.ts'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe.for(generations)('the page of generation %s', (generation) => {
  const modern = generation !== 'classic'
  const breaksMedia = generation === '2026-09' || generation === 'future'

  it(`${modern ? 'breaks the ids of' : 'works with'} the unmodified library`, () =>
    withLab({ generation }, async (lab) => {
      await populate(lab)
      await withProfile((profile) =>
        withClient(lab, profile, async (started) => {
          const { client, recorder } = started
          await pair(lab, started)
          expect(await client.getWWebVersion()).toBe(traits[generation].version)
          await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi', media: { data: png, mimetype: 'image/png' } })
          const incoming = await recorder.wait<Message>('message')
          expect(incoming.body).toBe('oi')

          const id = incoming.id as unknown as Record<string, unknown>
          const text = `false_${ana}@c.us_${incoming.id.id}`
          expect(id['_serialized']).toBe(modern ? undefined : text)
          // By value it can be found in every generation.
          expect(Object.values(id)).toContain(text)

          if (modern) {
            const download = (mimetype: string): string =>
              `window.require('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({ directPath: '/mms/${(incoming.rawData as { directPath: string }).directPath.split('/').at(-1)}'${mimetype} }).then((bytes) => bytes.byteLength)`
            await expect(client.pupPage?.evaluate(download(''))).rejects.toThrow(/undefined/)
            expect(await client.pupPage?.evaluate(download(", mimetype: 'image/png'"))).toBe(Buffer.from(png, 'base64').length)
          } else {
            expect((await incoming.downloadMedia()).data).toBe(png)
          }

          // Sent by the page all the same; the library finds it no more.
          const sent = await client.sendMessage(`${ana}@c.us`, 'olá')
          expect(sent?.id._serialized).toBe(modern ? undefined : `true_${ana}@c.us_${sent.id.id}`)
          await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'olá', ack: 2 })

          const media = client.sendMessage(`${ana}@c.us`, new wwebjs.MessageMedia('image/png', png), { caption: 'foto' })
          if (breaksMedia) await expect(media).rejects.toThrow(/Data passed to getter must include an id property/)
          else {
            await media
            await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'foto' })
          }
        }),
      )
    }))
})
