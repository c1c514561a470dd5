import type { FlowInput } from '@zaptria/contract'
import { remoteScenario, type Scenario } from '@zaptria/lab'
import { waitFor } from '@zaptria/lab/testing'
import { Api } from './api.ts'
import type { System } from './system.ts'

/** The demo's tenant, its owner's number and one customer's, ready to be paired. */
export type Shop = { api: Api; lab: Scenario; tenant: string; account: string; contact: string }

export async function openShop(system: System): Promise<Shop> {
  const api = await Api.signIn(system.signInLink)
  const lab = remoteScenario(system.labControl)
  const tenant = (await api.tenants()).items[0]
  if (tenant === undefined) throw new Error('The demo has no tenant.')
  const shop = { api, lab, tenant: tenant.id, account: '5511900000001', contact: '5511988887777' }
  await lab.createAccount({ number: shop.account, name: 'Padaria da Praça' })
  await lab.createContact({ phone: shop.contact, name: 'Ana' })
  return shop
}

/** Scans the QR that the API shows: another one, when it changes on the way to the phone. */
export async function scanQr({ api, lab, tenant, account }: Shop): Promise<void> {
  await waitFor(
    async () => {
      const { qr_code } = await api.qr(tenant)
      if (qr_code === null) return false
      await lab.scan({ account, qr: qr_code })
      return true
    },
    { timeoutMs: 60_000, everyMs: 100, what: 'a QR in the API that the phone takes' },
  )
}

/** Scans, and waits until messages flow. */
export async function pair(shop: Shop): Promise<void> {
  await scanQr(shop)
  await connected(shop)
}

export async function connected({ api, tenant }: Pick<Shop, 'api' | 'tenant'>, timeoutMs = 60_000): Promise<void> {
  await waitFor(
    async () => {
      const bot = await api.bot(tenant)
      if (bot.state.state === 'connected' && bot.alive) return true
      throw new Error(`the bot is ${bot.state.state} (${bot.state.reason}), alive: ${bot.alive}`)
    },
    { timeoutMs, everyMs: 100, what: 'the bot to be connected' },
  )
}

/** Answers only to one word, so that other traffic can be counted. */
export function answersTo(keyword: string, reply: string): FlowInput {
  return {
    format: 1,
    name: 'Eco',
    trigger: { type: 'keyword', operator: 'equals', values: [keyword] },
    start: 'answer',
    nodes: { answer: { type: 'text', text: reply } },
  }
}
