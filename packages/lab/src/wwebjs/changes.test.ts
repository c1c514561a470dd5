import { describe, expect, it } from 'vitest'
import type { Message, Reaction } from 'whatsapp-web.js'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import { ana, pair, populate, shop, withClient, withProfile } from './client.ts'
import type { Started } from './client.ts'

const withPaired = (body: (lab: Lab, started: Started) => Promise<void>): Promise<void> =>
  withLab(async (lab) => {
    await populate(lab)
    await withProfile((profile) =>
      withClient(lab, profile, async (started) => {
        await pair(lab, started)
        await body(lab, started)
      }),
    )
  })

describe('what happens to a message after it was sent', () => {
  it('is told to the unmodified library, whoever does it', () =>
    withPaired(async (lab, { recorder }) => {
      const said = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      await recorder.wait('message')
      await lab.scenario.react({ account: shop, contact: ana, id: said.id, emoji: '👍' })
      const reaction = await recorder.wait<Reaction>('message_reaction')
      expect(reaction).toMatchObject({ reaction: '👍', senderId: `${ana}@c.us` })
      await lab.scenario.react({ account: shop, contact: ana, id: said.id, emoji: '' })
      await recorder.wait<Reaction>('message_reaction', (one) => one.reaction === '')
      await lab.scenario.edit({ account: shop, contact: ana, id: said.id, body: 'oi!' })
      expect((await recorder.wait<Message>('message_edit')).body).toBe('oi!')
      await lab.scenario.revoke({ account: shop, contact: ana, id: said.id })
      expect((await recorder.wait<Message>('message_revoke_everyone')).id.id).toBe(said.id)
    }))

  it('is done by the unmodified library', () =>
    withPaired(async (lab, { client, recorder }) => {
      const said = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      const incoming = await recorder.wait<Message>('message')
      await incoming.react('❤️')
      await lab.scenario.waitForChange({ account: shop, id: said.id, emoji: '❤️' })
      const sent = await client.sendMessage(`${ana}@c.us`, 'ola')
      await lab.scenario.waitForMessage({ account: shop, body: 'ola', ack: 2 })
      await (await client.getMessageById(sent.id._serialized)).edit('olá')
      await lab.scenario.waitForChange({ account: shop, id: sent.id.id, body: 'olá' })
      await (await client.getMessageById(sent.id._serialized)).delete(true)
      await lab.scenario.waitForChange({ account: shop, id: sent.id.id, revoked: true })
    }))

  it('is refused when it is too late, and to whom did not write it', () =>
    withPaired(async (lab) => {
      const at = Math.floor(Date.now() / 1000)
      const old = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'velha', at: at - 16 * 60 })
      await expect(lab.scenario.edit({ account: shop, contact: ana, id: old.id, body: 'nova' })).rejects.toThrow(/too old/)
      await expect(lab.scenario.revoke({ account: shop, id: old.id })).rejects.toThrow(/who wrote it/)
      const older = await lab.scenario.sendFromContact({ account: shop, contact: ana, body: 'mais velha', at: at - 61 * 3600 })
      await expect(lab.scenario.revoke({ account: shop, contact: ana, id: older.id })).rejects.toThrow(/too old/)
    }))
})
