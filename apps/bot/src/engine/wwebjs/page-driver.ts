import type { Page } from 'puppeteer-core'
import { pause, withDeadline } from '../deadline.ts'
import { EngineError, messageOf } from '../error.ts'
import type { EngineOptions } from '../port.ts'
import { installBridge, type Bridge } from './page/bridge.ts'
import { installChanges, type Changes } from './page/changes.ts'
import { installContent } from './page/content.ts'
import { installFiles, type Files } from './page/files.ts'
import { installCompat } from './page/compat.ts'
import { readMarks, type MarksOptions, type PageMark } from './page/marks.ts'
import { watchPasskey } from './page/passkey.ts'
import { waIdOf } from '../wa-id.ts'
import { Report } from './reports.ts'

const inPage = (install: { toString: () => string }): string => `(${install.toString()})(window)`

/** Calls into the page, each with a deadline, all rejected when the session is over. */
export class PageDriver {
  readonly #page: Page
  readonly #gone: AbortSignal
  readonly #callMs: number
  /** Counts the documents that the bridge was installed in. */
  documents = 0

  constructor(page: Page, gone: AbortSignal, callMs: number) {
    this.#page = page
    this.#gone = gone
    this.#callMs = callMs
  }

  /** Before the first document. */
  async prepare(onReport: (report: Report) => void, log: EngineOptions['log']): Promise<void> {
    await this.#page.exposeFunction('zaptriaReport', (report: unknown) => {
      const parsed = Report.safeParse(report)
      if (parsed.success) return onReport(parsed.data)
      const { kind } = report as { kind?: unknown }
      log.warn({ issues: parsed.error.issues.map((issue) => issue.path.join('.')) }, 'the page made a report that cannot be read')
      if (kind === 'message') onReport({ kind: 'unreadable', type: 'a message that is not as expected' })
    })
    await this.#page.evaluateOnNewDocument(inPage(watchPasskey))
  }

  /** Waits for the page's code, then installs ours. False when this document has it already; else `onFresh` is called at once. */
  async install(ms: number, onFresh: () => void): Promise<boolean> {
    const until = Date.now() + ms
    if (await this.installed()) return false
    onFresh()
    while (!(await this.#evaluate<boolean>('window.Debug?.VERSION != undefined', this.#callMs, 'waiting for the page'))) {
      if (Date.now() > until) throw new EngineError('page_timeout', 'the page never said its version')
      await pause(50, this.#gone)
    }
    const fresh = await this.#evaluate<boolean>(
      `window.zaptria?.bridge ? false : ((${installCompat.toString()})(window, ${waIdOf.toString()}), zaptria.compat.patch(), ${inPage(installContent)}, ${inPage(installBridge)}, ${inPage(installChanges)}, true)`,
      this.#callMs,
      'installing',
    )
    if (fresh) this.documents++
    return fresh
  }

  installed(): Promise<boolean> {
    return this.#evaluate('Boolean(window.zaptria?.bridge)', this.#callMs, 'looking at the document')
  }

  /** Calls the bridge. `act` runs in the page: it sees nothing but its two arguments. */
  call<Result, Input = undefined>(
    what: string,
    act: (bridge: Bridge, input: Input) => Result | Promise<Result>,
    ms: number = this.#callMs,
    input?: Input,
  ): Promise<Result> {
    return this.#evaluate<Result>(`(${act.toString()})(window.zaptria.bridge, ${JSON.stringify(input) ?? 'undefined'})`, ms, what)
  }

  /** Calls the code for what is done to messages, as `call` does the bridge. */
  changes<Result, Input>(what: string, act: (changes: Changes, input: Input) => Result | Promise<Result>, input: Input): Promise<Result> {
    return this.#evaluate<Result>(`(${act.toString()})(window.zaptria.changes, ${JSON.stringify(input)})`, this.#callMs, what)
  }

  /** Calls the code for files, as `call` does the bridge. whatsapp-web.js comes after the bridge, so this is installed when it is first used. */
  async files<Result, Input>(
    what: string,
    act: (files: Files, input: Input) => Result | Promise<Result>,
    ms: number,
    input: Input,
  ): Promise<Result> {
    return this.#evaluate<Result>(
      `(window.zaptria?.files || ${inPage(installFiles)}, (${act.toString()})(window.zaptria.files, ${JSON.stringify(input)}))`,
      ms,
      what,
    )
  }

  /** whatsapp-web.js listens for the change only, and loses one that came first. */
  replaySynced(): Promise<void> {
    return this.#evaluate('void window.onAppStateHasSyncedEvent?.()', this.#callMs, 'replaying hasSynced')
  }

  logout(): Promise<void> {
    return this.#evaluate("window.require('WAWebSocketModel').Socket.logout()", this.#callMs, 'logging out')
  }

  /** What the page keeps, as far as it can be read within `ms`. */
  marks(options: MarksOptions, ms: number): Promise<PageMark[]> {
    return this.#evaluate(`(${readMarks.toString()})(window, ${JSON.stringify(options)})`, ms, 'reading what the page keeps')
  }

  async ping(ms: number): Promise<void> {
    await this.#evaluate('1', ms, 'the ping')
  }

  async #evaluate<Result>(code: string, ms: number, what: string): Promise<Result> {
    if (this.#gone.aborted) throw this.#gone.reason as Error
    const { promise: gone, reject } = Promise.withResolvers<never>()
    const stop = () => reject(this.#gone.reason as Error)
    this.#gone.addEventListener('abort', stop, { once: true })
    try {
      return await withDeadline(Promise.race([this.#page.evaluate(code) as Promise<Result>, gone]), ms, what)
    } catch (error) {
      throw error instanceof EngineError ? error : new Error(`${what}: ${messageOf(error)}`, { cause: error })
    } finally {
      this.#gone.removeEventListener('abort', stop)
    }
  }
}
