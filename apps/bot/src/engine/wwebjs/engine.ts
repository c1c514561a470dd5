import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BotState, StateReason } from '@zaptria/contract'
import type { Browser, Page } from 'puppeteer-core'
import { pause, withDeadline } from '../deadline.ts'
import { EngineError, messageOf, reasonOf } from '../error.ts'
import type { Engine, EngineMessage, EngineOptions, KeyLookup, SendOutcome, SendRequest } from '../port.ts'
import { findBrowser, launchError, launchOptions, type BrowserConfig } from './browser.ts'
import { catchUp } from './catch-up.ts'
import { TamedClient, WWEBJS_VERSION } from './client.ts'
import { toEngineMessage } from './messages.ts'
import { LINKING_MODULES, MESSAGE_MODULES } from './modules.ts'
import { PageDriver } from './page-driver.ts'
import { killAll, processesOnProfile, processTree, waitUntilGone, type Process } from './processes.ts'
import { openProfile, type Profile } from './profile.ts'
import { RecentKeys } from './recent-keys.ts'
import type { Report } from './reports.ts'
import { socketMeaning } from './socket.ts'

export type WwebjsConfig = BrowserConfig & {
  /** For the browser to start, for the page to load, and for the page to say what it wants (a scan, or nothing). */
  pageTimeoutMs?: number | undefined
  /** From "linked" to `ready`: a big account loads its history for minutes. */
  syncTimeoutMs?: number | undefined
  /** How often the page is asked whether it lives, and how long it may think. */
  heartbeatMs?: number | undefined
  heartbeatTimeoutMs?: number | undefined
  /** For one call into the page. */
  callTimeoutMs?: number | undefined
}

/** WhatsApp's codes live for 20 s, the first one for 60. */
const QR_FIRST_MS = 60_000
const QR_NEXT_MS = 20_000

type Timeouts = { [Name in `${string}Ms` & keyof WwebjsConfig]: number }
type Phase = 'closed' | 'opening' | 'loading' | 'waiting' | 'syncing' | 'connected' | 'reconnecting' | 'over'

export class WwebjsEngine implements Engine {
  readonly name = 'wwebjs'
  readonly #config: BrowserConfig & Timeouts
  readonly #options: EngineOptions
  readonly #gone = new AbortController()
  readonly #seen = new RecentKeys(20_000)
  readonly #ours = new RecentKeys(20_000)
  #phase: Phase = 'closed'
  #phaseTimer: NodeJS.Timeout | undefined
  #profile: Profile | null = null
  #client: TamedClient | null = null
  #page: PageDriver | null = null
  #starting: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null
  #codes = 0
  #logoutAsked = false
  #injectAttempts = 0
  #passkey = false
  /** The document in which whatsapp-web.js has heard of `hasSynced`. */
  #syncSeenIn = 0

  constructor(config: WwebjsConfig, options: EngineOptions) {
    this.#config = {
      ...config,
      pageTimeoutMs: config.pageTimeoutMs ?? 60_000,
      syncTimeoutMs: config.syncTimeoutMs ?? 300_000,
      heartbeatMs: config.heartbeatMs ?? 10_000,
      heartbeatTimeoutMs: config.heartbeatTimeoutMs ?? 20_000,
      callTimeoutMs: config.callTimeoutMs ?? 30_000,
    }
    this.#options = options
  }

  // Life

  async open(signal: AbortSignal): Promise<void> {
    if (this.#phase !== 'closed' || this.#closing) throw new EngineError('stopped', 'an engine is opened once')
    this.#phase = 'opening'
    this.#state('starting', 'engine_starting')
    const loaded = Promise.withResolvers<void>()
    loaded.promise.catch(() => {})
    this.#starting = this.#start(loaded.resolve).catch((error: unknown) => {
      const failure = this.#phase === 'opening' ? openError(error) : new EngineError(reasonOf(error, 'page_unreachable'), messageOf(error))
      this.#end(stateOf(failure.reason), failure.reason, failure.message)
    })
    const ended = new Promise<never>((_, reject) => {
      this.#gone.signal.addEventListener('abort', () => reject(this.#gone.signal.reason as Error), { once: true })
      signal.addEventListener('abort', () => reject(new EngineError('stopped', 'the start was called off', { cause: signal.reason })), {
        once: true,
      })
      if (signal.aborted) reject(new EngineError('stopped', 'the start was called off', { cause: signal.reason }))
    })
    try {
      await withDeadline(Promise.race([loaded.promise, ended]), this.#config.pageTimeoutMs, 'loading the page', 'page_unreachable')
    } catch (error) {
      const reason = reasonOf(error, 'page_unreachable')
      if (reason !== 'stopped') this.#end(stateOf(reason), reason, messageOf(error))
      await this.close()
      throw error
    }
  }

  async #start(loaded: () => void): Promise<void> {
    const { profileDir, scratchDir, log } = this.#options
    const browser = findBrowser(this.#config.browserPath)
    this.#profile = await openProfile(profileDir, browser, () =>
      log.warn({}, 'the browser is another than last time; a copy of the profile is kept'),
    )
    this.#check()
    const launch = launchOptions(
      { ...this.#config, browserPath: browser },
      { userDataDir: this.#profile.userDataDir, scratchDir },
      { launchMs: this.#config.pageTimeoutMs, protocolMs: Math.max(this.#config.callTimeoutMs, this.#config.pageTimeoutMs) },
    )
    const client = new TamedClient(
      {
        browserUp: () => this.#browserUp(client),
        beforeInject: async () => {
          loaded()
          return this.#beforeInject()
        },
        injected: () => this.#injected(),
        injectFailed: (error) => this.#injectFailed(error),
        beforeListening: () => this.#driver().call('listening', (bridge) => bridge.listen()),
        afterListening: (worked) => this.#driver().call('listening', (bridge, did) => bridge.listened(did), undefined, worked),
      },
      launch,
      this.#config.pageTimeoutMs,
    )
    this.#client = client
    client.on('qr', (qr: string) => this.#onQr(qr))
    client.on('authenticated', () => {
      this.#syncSeenIn = this.#page?.documents ?? 0
      if (!this.#is('syncing')) this.#enter('syncing', 'syncing', 'history_sync')
    })
    client.on('ready', () => void this.#onReady())
    await client.initialize()
  }

  async #browserUp(client: TamedClient): Promise<void> {
    this.#check()
    const browser = client.pupBrowser as unknown as Browser
    const page = client.pupPage as unknown as Page
    browser.on('disconnected', () => this.#end('reconnecting', 'browser_crashed', 'the browser ended'))
    page.on('error', (error) => this.#end('reconnecting', 'renderer_crashed', messageOf(error)))
    page.on('pageerror', (error) => this.#options.log.debug({ error: messageOf(error) }, 'the page threw'))
    page.on('dialog', (dialog) => void dialog.accept().catch(() => {}))
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame() && this.#phase === 'connected') this.#enter('reconnecting', 'reconnecting', 'engine_starting')
    })
    // headless-shell says "HeadlessChrome": the page would tell its user to take another browser.
    await page.setUserAgent({ userAgent: (await browser.userAgent()).replace('HeadlessChrome', 'Chrome') })
    this.#page = new PageDriver(page, this.#gone.signal, this.#config.callTimeoutMs)
    await this.#page.prepare((report) => this.#onReport(report), this.#options.log)
  }

  async #beforeInject(): Promise<boolean> {
    if (this.#phase === 'over') return false
    if (this.#phase === 'opening') this.#enter('loading')
    // Navigations inside a document, and those of frames, come here too: inject once per document.
    if (!(await this.#driver().install(this.#config.pageTimeoutMs))) return false
    await this.#probe(LINKING_MODULES)
    return true
  }

  async #injected(): Promise<void> {
    this.#injectAttempts = 0
    this.#watch()
    if (this.#options.pairWithPhone !== undefined && this.#phase === 'waiting') await this.requestPairingCode(this.#options.pairWithPhone)
  }

  #injectFailed(error: unknown): void {
    if (this.#phase === 'over') return
    // The page reloads itself at times, while linking too: what was asked of the old document fails. Ask the new one.
    const message = messageOf(error)
    this.#injectAttempts++
    if (/context was destroyed|cannot find context|detached frame/i.test(message) && this.#injectAttempts < 5) {
      setTimeout(() => void this.#client?.inject(), 100)
      return
    }
    const reason = message === 'auth timeout' ? 'page_timeout' : reasonOf(error, 'engine_incompatible')
    this.#end(stateOf(reason), reason, message)
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  async #shutDown(): Promise<void> {
    this.#phase = 'over'
    clearTimeout(this.#phaseTimer)
    this.#gone.abort(new EngineError('stopped', 'the session is closed'))
    // Whoever closes from inside one of the browser's own events has left it then.
    await nextTurn()
    // `destroy()` before the launch has finished would do nothing and leave a browser; a browser that is up is ended at once instead.
    const settled = this.#starting
    while (!this.#client?.pupBrowser && (await Promise.race([settled.then(() => false), pause(20).then(() => true)])));
    const browser = this.#client?.pupBrowser
    const processes = this.#processes()
    if (browser) await withDeadline(browser.close(), 5_000, 'closing the browser').catch(() => {})
    if (!(await waitUntilGone(processes, 2_000))) await killAll(processes)
    if (this.#profile) await killAll(processesOnProfile(this.#profile.userDataDir))
    await withDeadline(settled, 5_000, 'ending the start').catch(() => {})
    this.#profile?.release()
  }

  #processes(): Process[] {
    const pid = this.#client?.pupBrowser?.process()?.pid
    return pid === undefined ? [] : processTree(pid)
  }

  // What the page says

  #onReport(report: Report): void {
    if (this.#phase === 'over') return
    switch (report.kind) {
      case 'message': {
        const { message } = report
        const own = message.fromMe && this.#ours.has(message.waId)
        if (!own && this.#seen.add(RecentKeys.of(message))) this.#options.emit({ kind: 'message', message: toEngineMessage(message) })
        return
      }
      case 'ack':
        return this.#options.emit(report)
      case 'logout':
        return this.#loggedOut()
      case 'passkey':
        if (this.#phase === 'connected') return
        this.#passkey = true
        clearTimeout(this.#phaseTimer)
        this.#options.emit({ kind: 'qr', qr: null })
        return this.#state('passkey_required', 'passkey')
      case 'socket':
        return this.#onSocket(report.state)
    }
  }

  #onSocket(socket: string): void {
    this.#options.log.debug({ socket }, 'socket')
    const meaning = socketMeaning(socket, this.#phase === 'connected' || this.#phase === 'reconnecting' || this.#phase === 'syncing')
    switch (meaning.means) {
      case 'ended':
        return meaning.reason === 'logout_by_phone' ? this.#loggedOut() : this.#end(meaning.state, meaning.reason, socket)
      case 'unpaired':
        if (this.#phase === 'loading') this.#enter('waiting')
        return
      case 'idle':
        // whatsapp-web.js tries to refresh the code from the wrong side and never does.
        this.#options.emit({ kind: 'qr', qr: null })
        void this.#try('refreshing the code', () => this.#driver().call('refreshing the code', (bridge) => bridge.refreshQr()))
        return
      case 'pairing':
        if (this.#passkey || this.#phase === 'connected') return
        this.#options.emit({ kind: 'qr', qr: null })
        return this.#enter('syncing', 'pairing', 'scanned')
      case 'connected':
        if (this.#phase === 'reconnecting') return void this.#onReady()
        if (this.#phase !== 'connected' && this.#phase !== 'syncing') this.#enter('syncing', 'syncing', 'history_sync')
        return
      case 'lost':
        if (this.#phase === 'connected') this.#enter('reconnecting', 'reconnecting', 'network_lost')
        return
      case 'nothing':
        return
    }
  }

  #onQr(qr: string): void {
    // When the reference is cleared whatsapp-web.js makes a code of "undefined".
    if (/^(undefined|null)?,/.test(qr) || this.#phase === 'over' || this.#phase === 'connected') return
    if (this.#options.pairWithPhone !== undefined) return
    const first = this.#codes++ === 0
    this.#passkey = false
    if (this.#phase !== 'waiting' || first) this.#enter('waiting', 'qr_ready', 'waiting_for_scan')
    this.#options.emit({ kind: 'qr', qr, expiresInMs: first ? QR_FIRST_MS : QR_NEXT_MS })
  }

  async #onReady(): Promise<void> {
    if (this.#phase === 'over' || this.#phase === 'connected') return
    await this.#try('looking who we are', async () => {
      const me = await this.#driver().call('looking who we are', (bridge) => bridge.me())
      await this.#probe([...LINKING_MODULES, ...MESSAGE_MODULES])
      const status = await this.#driver().call('asking for the state', (bridge) => bridge.status())
      // `ready` can come twice, and the connection can be lost meanwhile.
      if (!this.#is('syncing', 'reconnecting', 'loading', 'waiting') || !status.listening || status.state !== 'CONNECTED') return
      this.#passkey = false
      this.#enter('connected', 'connected', 'ready', me)
    })
  }

  #loggedOut(): void {
    this.#end('logged_out', this.#logoutAsked ? 'logout_by_command' : 'logout_by_phone')
  }

  /** One loop per document: replays a `hasSynced` that came before anybody listened, and notices a page that froze. */
  #watch(): void {
    const document = this.#driver().documents
    const look = async (): Promise<void> => {
      while (this.#phase !== 'over' && this.#page?.documents === document) {
        try {
          const status = await this.#driver().call('the heartbeat', (bridge) => bridge.status(), this.#config.heartbeatTimeoutMs)
          if (status.hasSynced && this.#syncSeenIn !== document) await this.#driver().replaySynced()
          else if (status.state === 'CONNECTED' && status.listening && this.#is('reconnecting')) await this.#onReady()
        } catch (error) {
          if (this.#page?.documents !== document || this.#is('over')) return
          if (error instanceof EngineError && error.reason === 'page_timeout')
            return this.#end('reconnecting', 'renderer_frozen', 'the page does not answer')
          this.#options.log.debug({ error: messageOf(error) }, 'heartbeat')
        }
        await pause(this.#is('loading', 'syncing', 'reconnecting') ? 1_000 : this.#config.heartbeatMs, this.#gone.signal)
      }
    }
    look().catch(() => {})
  }

  async #probe(names: readonly string[]): Promise<void> {
    await this.#try('probing', async () => {
      const probe = await this.#driver().call('probing', (bridge, list) => bridge.probe(list), undefined, [...names])
      this.#options.emit({ kind: 'probe', engineVersion: WWEBJS_VERSION, ...probe })
    })
  }

  // What the session layer asks

  async send(request: SendRequest, signal: AbortSignal): Promise<SendOutcome> {
    const page = this.#ready()
    signal.throwIfAborted()
    const chats = [request.chatId, ...(request.aliasChatId === null ? [] : [request.aliasChatId])]
    if (request.typingMs > 0) {
      await this.#try('typing', () => page.call('typing', (bridge, chat) => bridge.typing(chat, true), undefined, request.chatId))
      await pause(request.typingMs, AbortSignal.any([signal, this.#gone.signal]))
      await this.#try('typing', () => page.call('typing', (bridge, chat) => bridge.typing(chat, false), undefined, request.chatId))
    }
    this.#ours.add(request.waId)
    const sent = await page.call('sending', (bridge, message) => bridge.send(message), undefined, {
      waId: request.waId,
      chats,
      text: request.text,
    })
    return 'rejected' in sent ? { outcome: 'rejected', reason: sent.rejected } : { outcome: 'handed', chatId: sent.chatId }
  }

  async lookup(waId: string, chatIds: string[]): Promise<KeyLookup> {
    const found = await this.#ready().call('looking a key up', (bridge, [id, chats]) => bridge.lookup(id, chats), undefined, [
      waId,
      chatIds,
    ] as const)
    return found ? { found: true, ...found } : { found: false }
  }

  async *catchUp(watermarks: ReadonlyMap<string, number>, floor: number, signal: AbortSignal): AsyncIterable<EngineMessage> {
    for await (const message of catchUp(this.#ready(), watermarks, floor, signal)) {
      // What became of ours meanwhile is news too.
      if (message.fromMe && message.ack !== 0)
        this.#options.emit({ kind: 'ack', waId: message.waId, chatId: message.chatId, ack: Math.min(Math.max(message.ack, -1), 4) })
      if (message.fromMe && this.#ours.has(message.waId)) continue
      if (this.#seen.add(RecentKeys.of(message))) yield { ...toEngineMessage(message), caughtUp: true }
    }
  }

  async requestPairingCode(phone: string): Promise<string> {
    const client = this.#client
    if (!client || !this.#is('waiting')) throw new EngineError('engine_starting', 'the page does not wait for a phone')
    const code = await withDeadline(
      Promise.race([client.requestPairingCode(phone), this.#rejectWhenGone()]),
      this.#config.callTimeoutMs,
      'asking for a pairing code',
    )
    this.#state('qr_ready', 'pairing_code_requested')
    this.#options.emit({ kind: 'pairing_code', code })
    return code
  }

  async logout(): Promise<void> {
    this.#logoutAsked = true
    await this.#ready().logout()
  }

  async ping(): Promise<void> {
    await this.#driver().ping(Math.min(this.#config.heartbeatTimeoutMs, 10_000))
  }

  async memory(): Promise<number | null> {
    const processes = this.#processes()
    return processes.length === 0 ? null : processes.reduce((sum, process) => sum + process.rssBytes, 0)
  }

  // Small parts

  #is(...phases: Phase[]): boolean {
    return phases.includes(this.#phase)
  }

  #check(): void {
    if (this.#phase === 'over') throw (this.#gone.signal.reason as Error | undefined) ?? new EngineError('stopped', 'the session is closed')
  }

  #driver(): PageDriver {
    this.#check()
    if (!this.#page) throw new EngineError('engine_starting', 'the browser is not up yet')
    return this.#page
  }

  #ready(): PageDriver {
    const page = this.#driver()
    if (!this.#is('connected', 'reconnecting')) throw new EngineError('engine_starting', 'WhatsApp is not connected')
    return page
  }

  #rejectWhenGone(): Promise<never> {
    return new Promise((_, reject) => {
      this.#gone.signal.addEventListener('abort', () => reject(this.#gone.signal.reason as Error), { once: true })
    })
  }

  /** For what must not fail its caller: said, not thrown. */
  async #try(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (this.#phase !== 'over') this.#options.log.warn({ error: messageOf(error) }, `${what} failed`)
    }
  }

  #enter(phase: Phase, state?: BotState, reason?: StateReason, me?: { number: string | null; name: string | null }): void {
    if (this.#phase === 'over' || (this.#phase === phase && phase === 'connected')) return
    this.#phase = phase
    clearTimeout(this.#phaseTimer)
    const limit = phase === 'loading' ? this.#config.pageTimeoutMs : phase === 'syncing' ? this.#config.syncTimeoutMs : null
    if (limit !== null)
      this.#phaseTimer = setTimeout(
        () => this.#end('reconnecting', phase === 'loading' ? 'network_lost' : 'page_timeout', `${phase} for ${limit} ms`),
        limit,
      )
    if (state && reason) this.#state(state, reason, me)
  }

  #state(state: BotState, reason: StateReason, me?: { number: string | null; name: string | null }): void {
    this.#options.emit({
      kind: 'state',
      state,
      reason,
      ...(me?.number ? { number: me.number } : {}),
      ...(me?.name ? { name: me.name } : {}),
    })
  }

  #end(state: BotState, reason: StateReason, detail?: string): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    clearTimeout(this.#phaseTimer)
    this.#gone.abort(new EngineError(reason, detail ?? reason))
    this.#options.emit({ kind: 'ended', state, reason, ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }) })
  }
}

/** What the bot is in while it tries again, or cannot. */
const stateOf = (reason: StateReason): BotState =>
  ['browser_missing', 'sandbox_unavailable', 'engine_incompatible', 'disk_full', 'volume_locked'].includes(reason)
    ? 'failed'
    : 'reconnecting'

const openError = (error: unknown): EngineError => {
  const message = messageOf(error)
  if (/net::ERR_/.test(message)) return new EngineError('page_unreachable', message.split('\n')[0] ?? message, { cause: error })
  return launchError(error)
}
