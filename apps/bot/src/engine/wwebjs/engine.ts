import { pause, withDeadline } from '../deadline.ts'
import { EngineError, messageOf } from '../error.ts'
import type {
  ChangeOutcome,
  ChangeRequest,
  Engine,
  EngineMessage,
  EngineOptions,
  KeyLookup,
  MessageRef,
  SendOutcome,
  SendRequest,
  SessionCopy,
} from '../port.ts'
import { catchUp } from './catch-up.ts'
import { makeChange } from './changes.ts'
import { WWEBJS_VERSION, type TamedClient } from './client.ts'
import { settingsOf, type Settings, type WwebjsConfig } from './config.ts'
import { isDocumentGone, launchFailure, pageFailure, stateAfter } from './failures.ts'
import { BrowserHost } from './host.ts'
import { Linking } from './linking.ts'
import { downloadMedia, stageMedia, TRANSFER_MS } from './media.ts'
import { inBoth, LocalMarks, MARKS, MARKS_MS } from './marks.ts'
import { LINKING_MODULES, MESSAGE_MODULES } from './modules.ts'
import { News } from './news.ts'
import type { PageMark } from './page/marks.ts'
import { PageDriver } from './page-driver.ts'
import { Phases } from './phases.ts'
import type { Report } from './reports.ts'
import { socketMeaning } from './socket.ts'

/** A page that reloads itself more often than this while it is injected into is not going anywhere. */
const INJECT_ATTEMPTS = 5

/** whatsapp-web.js in a browser of its own. What goes wrong with it, and what holds, is in the row tests beside this file. */
export class WwebjsEngine implements Engine {
  readonly name = 'wwebjs'
  readonly #settings: Settings
  readonly #options: EngineOptions
  readonly #host: BrowserHost
  readonly #phase: Phases
  readonly #linking: Linking
  readonly #news: News
  readonly #localMarks: LocalMarks
  #driver: PageDriver | null = null
  #closing: Promise<void> | null = null
  #logoutAsked = false
  #injectAttempts = 0
  #pageVersion: string | null = null
  /** The document in which whatsapp-web.js has heard of `hasSynced`. */
  #syncSeenIn = 0

  constructor(config: WwebjsConfig, options: EngineOptions) {
    this.#settings = settingsOf(config)
    this.#options = options
    this.#host = new BrowserHost(this.#settings, options)
    // A page that has come as far as `loading`, and no further, waits for its own connection.
    this.#phase = new Phases(this.#settings, options.emit, () => (this.#driver?.documents ? 'network_lost' : 'page_timeout'))
    this.#linking = new Linking(this.#settings, options, this.#phase)
    this.#news = new News(options.emit)
    this.#localMarks = new LocalMarks(this.#settings.localStorageMs)
  }

  // Life

  async open(signal: AbortSignal): Promise<void> {
    if (!this.#phase.is('closed') || this.#closing) throw new EngineError('stopped', 'an engine is opened once')
    this.#phase.enter('opening', 'starting', 'engine_starting')
    const loaded = Promise.withResolvers<void>()
    const calledOff = () => loaded.reject(new EngineError('stopped', 'the start was called off', { cause: signal.reason }))
    signal.addEventListener('abort', calledOff, { once: true })
    if (signal.aborted) calledOff()
    this.#phase.gone.addEventListener('abort', () => loaded.reject(this.#phase.gone.reason), { once: true })
    if (!signal.aborted)
      this.#host
        .start(this.#hooks(loaded.resolve), (client) => this.#wire(client))
        .catch((error: unknown) => {
          this.#fail(this.#phase.is('opening') ? launchFailure(error) : pageFailure(error))
        })
    try {
      await withDeadline(loaded.promise, this.#settings.pageTimeoutMs, 'loading the page', 'page_unreachable')
    } catch (error) {
      const failure = launchFailure(error)
      if (failure.reason !== 'stopped') this.#fail(failure)
      await this.close()
      throw failure
    } finally {
      signal.removeEventListener('abort', calledOff)
    }
  }

  close(): Promise<void> {
    this.#phase.over(new EngineError('stopped', 'the session is closed'))
    this.#closing ??= this.#host.stop()
    return this.#closing
  }

  #hooks(loaded: () => void) {
    return {
      browserUp: () => this.#browserUp(),
      beforeInject: () => {
        loaded()
        return this.#beforeInject()
      },
      injected: () => this.#injected(),
      injectFailed: (error: unknown) => this.#injectFailed(error),
      beforeListening: () => this.#page().call('listening', (bridge) => bridge.listen()),
      afterListening: (worked: boolean) => this.#page().call('listening', (bridge, did) => bridge.listened(did), undefined, worked),
    }
  }

  #wire(client: TamedClient): void {
    client.on('qr', (qr: string) => this.#linking.onQr(qr))
    client.on('code', (code: string) => this.#linking.onCode(code))
    // Both can come twice.
    client.on('authenticated', () => {
      this.#syncSeenIn = this.#driver?.documents ?? 0
      if (!this.#phase.is('syncing', 'reconnecting', 'connected')) this.#phase.enter('syncing', 'syncing', 'history_sync')
    })
    client.on('ready', () => void this.#onReady())
  }

  async #browserUp(): Promise<void> {
    const { browser, page } = this.#host
    browser.on('disconnected', () => this.#phase.end('reconnecting', 'browser_crashed', 'the browser ended'))
    page.on('error', (error) => this.#phase.end('reconnecting', 'renderer_crashed', messageOf(error)))
    page.on('pageerror', (error) => this.#options.log.debug({ error: messageOf(error) }, 'the page threw'))
    page.on('dialog', (dialog) => void dialog.accept().catch(() => {}))
    // headless-shell says "HeadlessChrome": the page would tell its user to take another browser.
    await page.setUserAgent({ userAgent: (await browser.userAgent()).replace('HeadlessChrome', 'Chrome') })
    this.#driver = new PageDriver(page, this.#phase.gone, this.#settings.callTimeoutMs)
    await this.#driver.prepare((report) => this.#onReport(report), this.#options.log)
  }

  async #beforeInject(): Promise<boolean> {
    if (this.#phase.is('over')) return false
    if (this.#host.page.url().includes('post_logout=1')) {
      // The page was faster than our ears.
      this.#loggedOut()
      return false
    }
    // Navigations inside a document, and those of frames, come here too: inject once per document.
    const fresh = await this.#page().install(this.#settings.pageTimeoutMs, () => {
      if (this.#phase.is('opening')) this.#phase.enter('loading')
      if (this.#phase.is('connected')) this.#phase.enter('reconnecting', 'reconnecting', 'engine_starting')
    })
    if (fresh) await this.#probe(LINKING_MODULES)
    return fresh
  }

  async #injected(): Promise<void> {
    if (await this.#leftBehind()) return
    this.#injectAttempts = 0
    this.#watch()
    if (this.#options.pairWithPhone !== undefined && this.#phase.is('waiting')) await this.requestPairingCode(this.#options.pairWithPhone)
  }

  /**
   * whatsapp-web.js heeds navigations only once its first injection is done: a page that reloaded itself meanwhile has nobody in it. True when
   * that was so; it is injected into then.
   */
  async #leftBehind(): Promise<boolean> {
    if (await this.#page().installed()) return false
    void this.#host.client?.inject()
    return true
  }

  #injectFailed(error: unknown): void {
    if (this.#phase.is('over')) return
    this.#injectAttempts++
    // The page reloads itself at times, while linking too.
    if (!isDocumentGone(error) || this.#injectAttempts >= INJECT_ATTEMPTS) return this.#fail(pageFailure(error))
    void this.#try('injecting again', async () => {
      await pause(100, this.#phase.gone)
      await this.#host.client?.inject()
    })
  }

  // What the page says

  #onReport(report: Report): void {
    if (this.#phase.is('over')) return
    switch (report.kind) {
      case 'message':
        return this.#news.onMessage(report.message)
      case 'change':
        return this.#news.onChange(report.change)
      case 'ack':
        return this.#options.emit(report)
      case 'logout':
        return this.#loggedOut()
      case 'unreadable':
        return this.#options.emit({ kind: 'unreadable', what: report.type })
      case 'passkey':
        return this.#linking.onPasskey()
      case 'socket':
        return this.#onSocket(report.state)
    }
  }

  #onSocket(socket: string): void {
    this.#options.log.debug({ socket }, 'socket')
    const meaning = socketMeaning(socket, this.#phase.is('connected', 'reconnecting', 'syncing'))
    switch (meaning.means) {
      case 'ended':
        return meaning.reason === 'logout_by_phone' ? this.#loggedOut() : this.#phase.end(meaning.state, meaning.reason, socket)
      case 'unpaired':
        if (this.#phase.is('loading')) this.#phase.enter('waiting')
        return
      case 'idle':
        return this.#pairAgain()
      case 'pairing':
        return this.#linking.onScanned()
      case 'connected':
        if (this.#phase.is('reconnecting')) void this.#onReady()
        else if (this.#phase.is('loading', 'waiting', 'pairing')) this.#phase.enter('syncing', 'syncing', 'history_sync')
        return
      case 'lost':
        if (this.#phase.is('connected')) this.#phase.enter('reconnecting', 'reconnecting', 'network_lost')
        return
      case 'nothing':
        return
    }
  }

  #pairAgain(): void {
    const phone = this.#options.pairWithPhone
    this.#linking.onRanOut()
    void this.#try('pairing again', async () => {
      if (phone === undefined) await this.#page().call('refreshing the code', (bridge) => bridge.refreshQr())
      else await this.requestPairingCode(phone)
    })
  }

  /** `ready` came, or the connection came back, or the heartbeat finds both: whichever is first while whatsapp-web.js listens. */
  async #onReady(): Promise<void> {
    if (this.#phase.is('over', 'connected')) return
    await this.#try('getting ready', async () => {
      const { listening, state } = await this.#page().call('asking for the state', (bridge) => bridge.status())
      if (!listening || state !== 'CONNECTED') return
      const me = await this.#page().call('looking who we are', (bridge) => bridge.me())
      if (this.#phase.is('over', 'connected')) return
      this.#linking.onLinked()
      this.#phase.enter('connected', 'connected', 'ready', me)
      if (me.number !== null) await this.#marks(this.#page(), me.number, false)
      await this.#probe([...LINKING_MODULES, ...MESSAGE_MODULES])
    })
  }

  #loggedOut(): void {
    this.#phase.end('logged_out', this.#logoutAsked ? 'logout_by_command' : 'logout_by_phone')
  }

  /** One loop per document: replays a `hasSynced` that came before anybody listened, and notices a page that froze. */
  #watch(): void {
    const document = this.#page().documents
    const isOurs = () => !this.#phase.is('over') && this.#driver?.documents === document
    const look = async (): Promise<void> => {
      let syncedAt = Infinity
      while (isOurs()) {
        try {
          const status = await this.#page().call('the heartbeat', (bridge) => bridge.status(), this.#settings.heartbeatTimeoutMs)
          if (status.hasSynced) syncedAt = Math.min(syncedAt, performance.now())
          if (status.hasSynced && this.#syncSeenIn !== document) await this.#page().replaySynced()
          else if (!status.listening && performance.now() - syncedAt > this.#settings.readyGraceMs)
            await this.#page().call('listening', (bridge) => bridge.listened(false))
          else if (status.hasSynced && status.state === 'CONNECTED' && !this.#phase.is('connected')) await this.#onReady()
        } catch (error) {
          if (!isOurs()) return
          if (error instanceof EngineError && error.reason === 'page_timeout')
            return this.#phase.end('reconnecting', 'renderer_frozen', 'the page does not answer')
          this.#options.log.debug({ error: messageOf(error) }, 'heartbeat')
          if (await this.#leftBehind().catch(() => false)) return
        }
        await pause(this.#phase.is('connected', 'waiting') ? this.#settings.heartbeatMs : 1_000, this.#phase.gone)
      }
    }
    look().catch(() => {})
  }

  async #probe(names: readonly string[]): Promise<void> {
    await this.#try('probing', async () => {
      const probe = await this.#page().call('probing', (bridge, list) => bridge.probe(list), undefined, [...names])
      this.#pageVersion = probe.pageVersion
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
      await pause(request.typingMs, AbortSignal.any([signal, this.#phase.gone]))
    }
    this.#news.addOurs(request.waId)
    const { waId, text, file = null, content = null, quoted = null } = request
    const message = { waId, chats, text, file, content, quoted }
    // A file goes up to WhatsApp first.
    const ms = file === null ? undefined : TRANSFER_MS
    const sent = await page.call('sending', (bridge, asked) => bridge.send(asked), ms, message)
    return 'rejected' in sent ? { outcome: 'rejected', reason: sent.rejected } : { outcome: 'handed', chatId: sent.chatId }
  }

  async lookup(waId: string, chatIds: string[]): Promise<KeyLookup> {
    const found = await this.#ready().call('looking a key up', (bridge, [id, chats]) => bridge.lookup(id, chats), undefined, [
      waId,
      chatIds,
    ] as const)
    return found ? { found: true, ...found } : { found: false }
  }

  async change(request: ChangeRequest, signal: AbortSignal): Promise<ChangeOutcome> {
    signal.throwIfAborted()
    return makeChange(this.#ready(), request)
  }

  downloadMedia(message: MessageRef, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return downloadMedia(this.#ready(), message, signal)
  }

  async stageMedia(file: { mimetype: string; filename: string | null }, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    return stageMedia(this.#ready(), file, bytes, signal)
  }

  async *catchUp(watermarks: ReadonlyMap<string, number>, floor: number, signal: AbortSignal): AsyncIterable<EngineMessage> {
    const unreadable = () => this.#options.emit({ kind: 'unreadable', what: 'a message that is not as expected' })
    const found = catchUp(this.#ready(), watermarks, floor, signal, (change) => this.#news.onChange(change), unreadable)
    yield* this.#news.caughtUp(found)
  }

  async requestPairingCode(phone: string): Promise<string> {
    return this.#linking.requestCode(this.#host.client, phone)
  }

  async logout(): Promise<void> {
    this.#logoutAsked = true
    // The page leaves while it answers: that it has left is the answer.
    await this.#ready()
      .logout()
      .catch((error: unknown) => {
        if (!isDocumentGone(error) && !this.#phase.is('over')) throw error
      })
  }

  async ping(): Promise<void> {
    await this.#page().ping(Math.min(this.#settings.heartbeatTimeoutMs, 10_000))
  }

  async copySession(into: string, number: string): Promise<SessionCopy> {
    const page = this.#ready()
    const browser_version = await this.#host.browser.version()
    const before = await this.#marks(page, number, true)
    const onDisk = this.#localMarks.settled(before, performance.now())
    const { heldMs } = await this.#host.copySession(into)
    const marks = inBoth(onDisk, await this.#marks(page, number, true))
    return { heldMs, versions: { page_version: this.#pageVersion, browser_version }, marks }
  }

  async memory(): Promise<number | null> {
    const processes = this.#host.processes()
    return processes.length === 0 ? null : processes.reduce((sum, process) => sum + process.rssBytes, 0)
  }

  // Small parts

  /** A copy without marks is as good: it is proven by less. */
  async #marks(page: PageDriver, number: string, databases: boolean): Promise<PageMark[]> {
    const marks = await page.marks({ ...MARKS, number, databases }, MARKS_MS).catch((error: unknown) => {
      this.#options.log.warn({ error: messageOf(error) }, 'what the page keeps could not be read')
      return []
    })
    this.#localMarks.note(marks, performance.now())
    return marks
  }

  #page(): PageDriver {
    if (this.#phase.is('over')) throw this.#phase.gone.reason
    if (!this.#driver) throw new EngineError('engine_starting', 'the browser is not up yet')
    return this.#driver
  }

  #ready(): PageDriver {
    const page = this.#page()
    if (!this.#phase.is('connected', 'reconnecting')) throw new EngineError('engine_starting', 'WhatsApp is not connected')
    return page
  }

  /** For what must not fail its caller: said, not thrown. */
  async #try(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!this.#phase.is('over')) this.#options.log.warn({ error: messageOf(error) }, `${what} failed`)
    }
  }

  #fail(error: EngineError): void {
    this.#phase.end(stateAfter(error.reason), error.reason, error.message)
  }
}
