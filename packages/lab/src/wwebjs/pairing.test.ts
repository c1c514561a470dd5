import { describe, expect, it } from 'vitest'
import type { Message } from 'whatsapp-web.js'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'

describe('the Lab, driven by the unmodified whatsapp-web.js', () => {
  it('pairs by QR, takes a message in, sends one out, and shows every tick', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile((profile) =>
        withClient(lab, profile, async (started) => {
          const { client, recorder } = started
          await pair(lab, started)
          expect(client.info.wid._serialized).toBe(`${shop}@c.us`)

          await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
          const incoming = await recorder.wait<Message>('message')
          expect(incoming).toMatchObject({ from: `${ana}@c.us`, body: 'oi', fromMe: false })

          const sent = await client.sendMessage(`${ana}@c.us`, 'olá')
          const arrived = await lab.scenario.waitForMessage({ account: shop, contact: ana, body: 'olá', ack: 2 })
          expect(arrived.id).toBe(sent.id.id)
          await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 2)
          await lab.scenario.readByContact({ account: shop, contact: ana })
          await recorder.wait<unknown>('message_ack', (_message, ack) => ack === 3)
        }),
      )
    })
  })
})
