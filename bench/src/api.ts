import { API_BASE } from '@zaptria/contract'
import type { Bot, BotQr, FlowInput, Tenant } from '@zaptria/contract'

/** The public API, as far as the benches call it. */
export class Api {
  readonly url: string
  readonly #key: string

  constructor(url: string, key: string) {
    this.url = url
    this.#key = key
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}${API_BASE}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** All tenants with their bots: one call, however many there are. Keys may call 60 times a second. */
  async bots(): Promise<{ id: string; bot: Bot | null }[]> {
    return (await this.call<{ items: { id: string; bot: Bot | null }[] }>('GET', '/tenants?limit=200')).items
  }
  async servers(): Promise<{ id: string; driver: string }[]> {
    return (await this.call<{ items: { id: string; driver: string }[] }>('GET', '/servers')).items
  }
  createTenant(name: string): Promise<Tenant> {
    return this.call('POST', '/tenants', { name, subscription: 'past_due' })
  }
  pay(tenant: string): Promise<Tenant> {
    return this.call('PATCH', `/tenants/${tenant}`, { subscription: 'paid' })
  }
  removeTenant(tenant: string): Promise<void> {
    return this.call('DELETE', `/tenants/${tenant}`)
  }
  bot(tenant: string): Promise<Bot> {
    return this.call('GET', `/tenants/${tenant}/bot`)
  }
  qr(tenant: string): Promise<BotQr> {
    return this.call('GET', `/tenants/${tenant}/bot/qr`)
  }
  pacingOff(tenant: string): Promise<Bot> {
    return this.call('PATCH', `/tenants/${tenant}/bot`, { pacing: { enabled: false } })
  }
  publish(tenant: string, flow: FlowInput): Promise<unknown> {
    return this.call('POST', `/tenants/${tenant}/flow/versions`, flow)
  }
}
