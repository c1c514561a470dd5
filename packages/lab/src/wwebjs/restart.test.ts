import { describe, expect, it } from 'vitest'
import type { Message } from 'whatsapp-web.js'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'

describe('a linked profile', () => {
  it('comes back without a QR, with what waited for it: counted as unread, announced by nothing, fetched on request', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile(async (profile) => {
        await withClient(lab, profile, (started) => pair(lab, started))
        await lab.scenario.waitForDevice({ account: shop, connected: false })
        for (const body of ['um', 'dois', 'três']) await lab.scenario.sendFromContact({ account: shop, contact: ana, body })
        await lab.scenario.sendFromPhone({ account: shop, contact: ana, body: 'já respondo' })
        await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'quatro' })

        await withClient(lab, profile, async ({ client, recorder }) => {
          await recorder.wait('ready')
          const chat = await client.getChatById(`${ana}@c.us`)
          expect(chat.unreadCount).toBe(1)
          const messages = await chat.fetchMessages({ limit: 50 })
          expect(messages.map((one) => [one.body, one.fromMe])).toEqual([
            ['um', false],
            ['dois', false],
            ['três', false],
            ['já respondo', true],
            ['quatro', false],
          ])
          // A live message after those: the events before it are all there were.
          await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'cinco' })
          await recorder.wait<Message>('message', (message) => message.body === 'cinco')
          expect(recorder.named('message')).toHaveLength(1)
          expect(recorder.named('qr')).toHaveLength(0)
        })
      })
    })
  })

  it('reads a chat back past messages that were still on their way', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile(async (profile) => {
        const sent = Array.from({ length: 25 }, (_, index) => `resposta ${index}`)
        await withClient(lab, profile, async (started) => {
          await pair(lab, started)
          await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'primeira' })
          // They reach WhatsApp, and nobody says so: the page sends them again when it is back, from its own list.
          await lab.scenario.setFaults({ holdAcks: true })
          for (const body of sent) await started.client.sendMessage(`${ana}@c.us`, body)
          await lab.scenario.waitForMessage({ account: shop, contact: ana, body: sent.at(-1)! })
        })
        await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'última' })
        await withClient(lab, profile, async ({ client, recorder }) => {
          await recorder.wait('ready')
          const messages = await (await client.getChatById(`${ana}@c.us`)).fetchMessages({ limit: 50 })
          expect(messages.map((one) => one.body).toSorted()).toEqual(['primeira', ...sent, 'última'].toSorted())
        })
      })
    })
  })

  it('loses the link on the phone: LOGOUT, then a QR again', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile((profile) =>
        withClient(lab, profile, async (started) => {
          await pair(lab, started)
          await lab.scenario.unlink({ account: shop })
          expect(await started.recorder.wait<string>('disconnected')).toBe('LOGOUT')
          const { accounts } = await lab.scenario.state()
          expect(accounts[0]?.devices).toEqual([])
          await lab.scenario.waitForQr()
        }),
      )
    })
  })

  it('whose link went while it was away is told so when it comes back', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile(async (profile) => {
        await withClient(lab, profile, (started) => pair(lab, started))
        await lab.scenario.unlink({ account: shop })
        // The page forgets its credentials and loads anew, under the library's feet.
        await withClient(
          lab,
          profile,
          async ({ recorder }) => {
            await lab.scenario.waitForQr()
            expect(recorder.named('ready')).toHaveLength(0)
          },
          { background: true },
        )
      })
    })
  })

  it('logs out by itself', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile((profile) =>
        withClient(lab, profile, async (started) => {
          await pair(lab, started)
          await started.client.logout()
          expect((await lab.scenario.state()).accounts[0]?.devices).toEqual([])
        }),
      )
    })
  })

  it('sends again, with the same key, what the server never acknowledged', async () => {
    await withLab(async (lab) => {
      await populate(lab)
      await withProfile(async (profile) => {
        const id = await withClient(lab, profile, async (started) => {
          await pair(lab, started)
          await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
          await started.recorder.wait('message')
          await lab.scenario.setFaults({ stall: true })
          const sent = await started.client.sendMessage(`${ana}@c.us`, 'no caminho', { sendSeen: false })
          expect(sent.ack).toBe(0)
          return sent.id.id
        })
        expect(await lab.scenario.messages({ account: shop })).toHaveLength(1)
        await lab.scenario.clearFaults()
        await withClient(lab, profile, async ({ client, recorder }) => {
          await recorder.wait('ready')
          const arrived = await lab.scenario.waitForMessage({ account: shop, body: 'no caminho' })
          expect(arrived.id).toBe(id)
          const found = await client.getMessageById(`true_${ana}@c.us_${id}`)
          expect(found.ack).toBeGreaterThanOrEqual(0)
        })
        expect(await lab.scenario.messages({ account: shop })).toHaveLength(2)
      })
    })
  })
})
