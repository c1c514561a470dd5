import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Browser, Page } from 'puppeteer-core'
import { pause, withDeadline } from '../deadline.ts'
import { EngineError } from '../error.ts'
import type { EngineOptions } from '../port.ts'
import { findBrowser, lastWords, launchOptions } from './browser.ts'
import { TamedClient, type ClientHooks } from './client.ts'
import type { Settings } from './config.ts'
import { killAll, processesOnProfile, processTree, waitUntilGone, type Process } from './processes.ts'
import { whileFrozen } from './frozen.ts'
import { openProfile, SESSION_DIR, type Profile } from './profile.ts'
import { copySessionFiles, proveCopy } from './session-copy.ts'

/** A browser that has not come up when it is not wanted any more gets this long to do so, or to fail. */
const LAUNCH_GRACE_MS = 2_000
/** For the browser to write its databases and end by itself. */
const CLOSE_MS = 3_000
/** The longest that a browser is held for a copy of its session: a heartbeat waits longer. */
const COPY_MS = 5_000

/** One browser on one profile, from its launch to its last process. */
export class BrowserHost {
  readonly #settings: Settings
  readonly #options: EngineOptions
  readonly #launching = new AbortController()
  #profile: Profile | null = null
  #started: Promise<void> = Promise.resolve()
  #stopped = false
  client: TamedClient | null = null

  constructor(settings: Settings, options: EngineOptions) {
    this.#settings = settings
    this.#options = options
    setMaxListeners(0, this.#launching.signal)
  }

  /** Ends with the first injection, well or not. `wire` gets the client before it starts. */
  start(hooks: ClientHooks, wire: (client: TamedClient) => void): Promise<void> {
    this.#started = this.#start(hooks, wire)
    return this.#started
  }

  async #start(hooks: ClientHooks, wire: (client: TamedClient) => void): Promise<void> {
    const { profileDir, scratchDir, log } = this.#options
    const browserPath = findBrowser(this.#settings.browserPath)
    this.#profile = await openProfile(profileDir, browserPath, {
      newBrowser: () => log.warn({}, 'the browser is another than last time; a copy of the profile is kept'),
      mended: (logs) =>
        log.warn({ logs }, 'the last browser could not finish writing: what was torn in its databases is gone, what is whole stays'),
    })
    this.#check()
    const { callTimeoutMs, pageTimeoutMs } = this.#settings
    const options = launchOptions(
      { ...this.#settings, browserPath },
      { userDataDir: this.#profile.userDataDir, scratchDir },
      { launchMs: pageTimeoutMs, protocolMs: Math.max(callTimeoutMs, pageTimeoutMs), signal: this.#launching.signal },
    )
    const checked = {
      ...hooks,
      browserUp: async () => {
        this.#check()
        await hooks.browserUp()
      },
    }
    this.client = new TamedClient(checked, options, pageTimeoutMs)
    wire(this.client)
    try {
      await this.client.initialize()
    } catch (error) {
      if (this.client.pupBrowser || this.#stopped) throw error
      throw new Error(`the browser does not start: ${await lastWords(options)}`, { cause: error })
    }
  }

  #check(): void {
    if (this.#stopped) throw new EngineError('stopped', 'the session is closed')
  }

  get browser(): Browser {
    if (!this.client?.pupBrowser) throw new EngineError('engine_starting', 'the browser is not up yet')
    return this.client.pupBrowser
  }

  get page(): Page {
    if (!this.client?.pupPage) throw new EngineError('engine_starting', 'the browser is not up yet')
    return this.client.pupPage
  }

  processes(): Process[] {
    const pid = this.client?.pupBrowser?.process()?.pid
    return pid === undefined ? [] : processTree(pid)
  }

  /** A copy of the session's part of the profile, proven to be whole. */
  async copySession(into: string): Promise<{ heldMs: number }> {
    const pid = this.browser.process()?.pid
    if (pid === undefined || this.#profile === null) throw new EngineError('engine_starting', 'the browser is not up yet')
    const { userDataDir } = this.#profile
    const copy = join(into, SESSION_DIR)
    const { heldMs } = await whileFrozen(pid, COPY_MS, (signal) => copySessionFiles(userDataDir, copy, signal))
    await proveCopy(copy)
    return { heldMs }
  }

  /** Resolves when nothing runs any more. whatsapp-web.js's own `destroy()` does nothing before the launch has finished. */
  async stop(): Promise<void> {
    this.#stopped = true
    // Whoever stops from inside one of the browser's own events has left it then.
    await nextTurn()
    const over = this.#started.then(
      () => true,
      () => true,
    )
    const until = Date.now() + LAUNCH_GRACE_MS
    while (!this.client?.pupBrowser && !(await Promise.race([over, pause(20).then(() => false)])))
      if (Date.now() > until) this.#launching.abort(new EngineError('stopped', 'the launch was called off'))
    const processes = this.processes()
    const browser = this.client?.pupBrowser
    if (browser) await withDeadline(browser.close(), CLOSE_MS, 'closing the browser').catch(() => {})
    if (!(await waitUntilGone(processes, 500))) await killAll(processes)
    await withDeadline(over, 1_000, 'ending the start').catch(() => {})
    if (this.#profile) await killAll(processesOnProfile(this.#profile.userDataDir))
    this.#profile?.release()
  }
}
