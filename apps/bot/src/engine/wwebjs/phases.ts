import { setMaxListeners } from 'node:events'
import type { BotState, StateReason } from '@zaptria/contract'
import { EngineError } from '../error.ts'
import type { EngineOptions } from '../port.ts'
import type { Settings } from './config.ts'

export type Phase = 'closed' | 'opening' | 'loading' | 'waiting' | 'pairing' | 'syncing' | 'connected' | 'reconnecting' | 'over'
export type Me = { number: string | null; name: string | null }

/** How far an engine is, how long it may stay there, and what is told of it. Once `over` it stays over, and `gone` is aborted with the reason. */
export class Phases {
  readonly #settings: Pick<Settings, 'pageTimeoutMs' | 'syncTimeoutMs'>
  readonly #emit: EngineOptions['emit']
  /** Why a page that loads for too long does so. */
  readonly #whyLoading: () => StateReason
  readonly #gone = new AbortController()
  #phase: Phase = 'closed'
  #timer: NodeJS.Timeout | undefined

  constructor(settings: Pick<Settings, 'pageTimeoutMs' | 'syncTimeoutMs'>, emit: EngineOptions['emit'], whyLoading: () => StateReason) {
    this.#settings = settings
    this.#emit = emit
    this.#whyLoading = whyLoading
    setMaxListeners(0, this.#gone.signal)
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  is(...phases: Phase[]): boolean {
    return phases.includes(this.#phase)
  }

  enter(phase: Phase, state?: BotState, reason?: StateReason, me?: Me): void {
    if (this.is('over')) return
    this.#phase = phase
    clearTimeout(this.#timer)
    const { pageTimeoutMs, syncTimeoutMs } = this.#settings
    const limit = phase === 'loading' ? pageTimeoutMs : phase === 'pairing' || phase === 'syncing' ? syncTimeoutMs : null
    const tooLong = () => this.end('reconnecting', phase === 'loading' ? this.#whyLoading() : 'page_timeout', `${phase} for ${limit} ms`)
    if (limit !== null) this.#timer = setTimeout(tooLong, limit)
    if (state && reason) this.say(state, reason, me)
  }

  /** The phase that has just been entered may last as long as it takes. */
  mayLast(): void {
    clearTimeout(this.#timer)
  }

  say(state: BotState, reason: StateReason, me?: Me): void {
    const known = { ...(me?.number ? { number: me.number } : {}), ...(me?.name ? { name: me.name } : {}) }
    this.#emit({ kind: 'state', state, reason, ...known })
  }

  over(why: EngineError): void {
    this.#phase = 'over'
    clearTimeout(this.#timer)
    this.#gone.abort(why)
  }

  /** It ends by itself, and says so. */
  end(state: BotState, reason: StateReason, detail?: string): void {
    if (this.is('over')) return
    this.over(new EngineError(reason, detail ?? reason))
    this.#emit({ kind: 'ended', state, reason, ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }) })
  }
}
