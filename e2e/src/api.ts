import {
  API_BASE,
  type Alert,
  type Bot,
  type BotQr,
  type Conversation,
  type Message,
  type Page,
  type StateHistoryEntry,
  type Tenant,
} from '@zaptria/contract'

/** The public API as a signed-in person uses it, for what a test sets up or checks besides the pages. */
export class Api {
  readonly #url: string
  readonly #cookie: string

  private constructor(url: string, cookie: string) {
    this.#url = url
    this.#cookie = cookie
  }

  /** Signs in by a one-time link, as printed at start. */
  static async signIn(link: string): Promise<Api> {
    const { origin, searchParams } = new URL(link)
    const answer = await fetch(`${origin}${API_BASE}/session/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ token: searchParams.get('token') }),
    })
    if (!answer.ok) throw new Error(`Signing in by link failed: ${answer.status} ${await answer.text()}`)
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    return new Api(origin, cookie)
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#url}${API_BASE}${path}`, {
      method,
      headers: { cookie: this.#cookie, origin: this.#url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  tenants(): Promise<Page<Tenant & { bot: Bot | null }>> {
    return this.call('GET', '/tenants')
  }
  bot(tenant: string): Promise<Bot> {
    return this.call('GET', `/tenants/${tenant}/bot`)
  }
  qr(tenant: string): Promise<BotQr> {
    return this.call('GET', `/tenants/${tenant}/bot/qr`)
  }
  states(tenant: string): Promise<Page<StateHistoryEntry>> {
    return this.call('GET', `/tenants/${tenant}/bot/states?limit=200`)
  }
  conversations(tenant: string): Promise<Page<Conversation>> {
    return this.call('GET', `/tenants/${tenant}/conversations`)
  }
  alerts(): Promise<Page<Alert>> {
    return this.call('GET', '/alerts')
  }

  /** Listens for live updates until `signal` ends it; answers with what was heard so far. */
  async live(signal: AbortSignal): Promise<() => string> {
    const answer = await fetch(`${this.#url}${API_BASE}/live`, { headers: { cookie: this.#cookie }, signal })
    if (answer.status !== 200 || answer.body === null) throw new Error(`GET /live: ${answer.status} ${await answer.text()}`)
    let heard = ''
    const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
      const decoder = new TextDecoder()
      for await (const chunk of body) heard += decoder.decode(chunk, { stream: true })
    }
    read(answer.body).catch((error: unknown) => (heard += String(error)))
    return () => heard
  }

  /** All messages of a conversation, oldest first. */
  async messages(tenant: string, conversation: string): Promise<Message[]> {
    const all: Message[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Page<Message> = await this.call('GET', `/tenants/${tenant}/conversations/${conversation}/messages?limit=200${query}`)
      all.push(...page.items)
      cursor = page.next
    } while (cursor !== null)
    return all.toReversed()
  }
}
