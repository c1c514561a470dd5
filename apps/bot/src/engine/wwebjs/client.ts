import type { LaunchOptions } from 'puppeteer-core'
import wwebjs from 'whatsapp-web.js'

export const WWEBJS_VERSION: string = (wwebjs as unknown as { version: string }).version

/** What whatsapp-web.js keeps out of its types. */
type Internals = { inject(): Promise<void>; attachEventListeners(): Promise<void>; initWebVersionCache(): Promise<void> }
const Client = wwebjs.Client as unknown as new (options: wwebjs.ClientOptions) => wwebjs.Client & Internals

export type ClientHooks = {
  /** The browser runs, its page is still empty. A rejection stops the start. */
  browserUp: () => Promise<void>
  /** A document has loaded. Resolve with false when there is nothing to inject. */
  beforeInject: () => Promise<boolean>
  injected: () => Promise<void>
  injectFailed: (error: unknown) => void
  /** whatsapp-web.js is about to listen to messages: false when it does so in this document already. */
  beforeListening: () => Promise<boolean>
  /** It does now, or it cannot. True when messages are heard all the same. */
  afterListening: (worked: boolean) => Promise<boolean>
}

/**
 * Where the session lives, and nothing else: LocalAuth deletes the live profile on logout and injects anew into the same browser, after which
 * the next start asks for a QR again. Ours is deleted by the session layer when the browser is gone.
 */
class KeepAuth {
  readonly #hooks: ClientHooks
  constructor(hooks: ClientHooks) {
    this.#hooks = hooks
  }
  setup(): void {}
  #started = false
  async afterBrowserInitialized(): Promise<void> {
    // whatsapp-web.js calls it again after a logout, in the same browser.
    if (this.#started) return
    this.#started = true
    await this.#hooks.browserUp()
  }
  async beforeBrowserInitialized(): Promise<void> {}
  async onAuthenticationNeeded(): Promise<{ failed: boolean; restart: boolean; failureEventPayload: unknown }> {
    return { failed: false, restart: false, failureEventPayload: undefined }
  }
  async getAuthEventPayload(): Promise<undefined> {}
  async afterAuthReady(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async destroy(): Promise<void> {}
  async logout(): Promise<void> {}
}

/** whatsapp-web.js with its loose ends tied: nothing that it starts by itself can reject unheard or end the browser behind our back. */
export class TamedClient extends Client {
  readonly #hooks: ClientHooks
  #injecting: Promise<void> = Promise.resolve()

  constructor(hooks: ClientHooks, puppeteer: LaunchOptions, authTimeoutMs: number) {
    super({
      authStrategy: new KeepAuth(hooks),
      puppeteer,
      // The default writes into the working directory and, where that is read-only, `ready` never comes.
      webVersionCache: { type: 'none' },
      // The default names a Chrome of 2022; `browserUp` sets the browser's own.
      userAgent: false as unknown as string,
      authTimeoutMs,
      qrMaxRetries: 0,
      takeoverOnConflict: false,
    })
    this.#hooks = hooks
  }

  /** Called at the start and on each navigation, where nobody awaits it: a rejection would end the process. One at a time. */
  override async inject(): Promise<void> {
    const before = this.#injecting
    const act = async () => {
      await before
      try {
        if (!(await this.#hooks.beforeInject())) return
        await super.inject()
        await this.#hooks.injected()
      } catch (error) {
        this.#hooks.injectFailed(error)
      }
    }
    this.#injecting = act()
    await this.#injecting
  }

  /** Two `hasSynced` at once would attach all listeners twice: every message would come double. */
  override async attachEventListeners(): Promise<void> {
    if (!(await this.#hooks.beforeListening())) return
    try {
      await super.attachEventListeners()
    } catch (error) {
      if (!(await this.#hooks.afterListening(false))) throw error
      return
    }
    await this.#hooks.afterListening(true)
  }

  /** The base class reads the response's body in a listener whose rejection nobody hears. */
  override async initWebVersionCache(): Promise<void> {}

  /** The base class calls it inside its own handlers, unawaited. The engine ends the browser itself, outside of them. */
  override async destroy(): Promise<void> {}
}
