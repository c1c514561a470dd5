import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { remoteScenario } from '../scenario/scenario.ts'
import { startLab } from '../server.ts'
import { withLab } from '../with-lab.ts'

const shop = '5511900000001'
const ana = '5511988887777'

describe('the control', () => {
  it('offers every act to other processes', () =>
    withLab(async (lab) => {
      const remote = remoteScenario(lab.control)
      await remote.createAccount({ number: shop, name: 'Loja' })
      await remote.createContact({ phone: ana, name: 'Ana' })
      await remote.sendFromContact({ account: shop, contact: ana, body: 'oi' })
      expect(await lab.scenario.messages({ account: shop })).toMatchObject([{ body: 'oi' }])
      const waiting = remote.waitForMessage({ account: shop, contact: ana, body: 'olá' })
      await lab.scenario.sendFromPhone({ account: shop, contact: ana, body: 'olá' })
      expect(await waiting).toMatchObject({ body: 'olá', via: 'phone' })
    }))

  it('says what is wrong, in the words of the scenario', () =>
    withLab(async (lab) => {
      const remote = remoteScenario(lab.control)
      await expect(remote.unlink({ account: shop })).rejects.toThrow(`no account ${shop}; there are: none`)
      await expect(remote.createAccount({ number: 'x' })).rejects.toThrow(/number: digits only/)
      await remote.createAccount({ number: shop })
      await expect(remote.waitForMessage({ account: shop, timeoutMs: 50 })).rejects.toThrow(/nothing within 50 ms.*no messages/)
      const nonsense = await fetch(`${lab.control}/api/nonsense`, { method: 'POST' })
      expect([nonsense.status, await nonsense.text()]).toEqual([422, expect.stringContaining('no such act')])
    }))

  it('hints at what changes', () =>
    withLab(async (lab) => {
      const leaving = new AbortController()
      const answer = await fetch(`${lab.control}/api/events`, { signal: leaving.signal })
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      await lab.scenario.createAccount({ number: shop })
      while (!text.includes(`"account":"${shop}"`)) text += (await reader?.read())?.value ?? ''
      leaving.abort()
      expect(text).toContain('data: {"type":"account"')
    }))

  it('keeps the world in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-state-'))
    try {
      const state = join(folder, 'lab.json')
      const first = await startLab({ state })
      await first.scenario.createAccount({ number: shop, name: 'Loja' })
      await first.scenario.createContact({ phone: ana, name: 'Ana' })
      await first.scenario.sendFromContact({ account: shop, contact: ana, body: 'oi', media: { data: 'AAAA', mimetype: 'image/png' } })
      await first.close()
      const second = await startLab({ state })
      const [message] = await second.scenario.messages({ account: shop })
      expect(message).toMatchObject({ body: 'oi' })
      expect((await fetch(`${second.control}/api/media/${message?.media?.id}`)).status).toBe(200)
      await second.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
