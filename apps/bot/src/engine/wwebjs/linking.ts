import { withDeadline } from '../deadline.ts'
import { EngineError } from '../error.ts'
import type { EngineOptions } from '../port.ts'
import type { TamedClient } from './client.ts'
import type { Settings } from './config.ts'
import type { Phases } from './phases.ts'

/** WhatsApp's codes live for 20 s, the first one for 60. */
const QR_FIRST_MS = 60_000
const QR_NEXT_MS = 20_000

/** How a phone is linked: by a QR, or by a code that is entered on it, and with a passkey where WhatsApp demands one. */
export class Linking {
  readonly #settings: Pick<Settings, 'callTimeoutMs'>
  readonly #options: Pick<EngineOptions, 'emit' | 'pairWithPhone'>
  readonly #phase: Phases
  #codes = 0
  #passkey = false

  constructor(settings: Pick<Settings, 'callTimeoutMs'>, options: Pick<EngineOptions, 'emit' | 'pairWithPhone'>, phase: Phases) {
    this.#settings = settings
    this.#options = options
    this.#phase = phase
  }

  onQr(qr: string): void {
    // When the reference is cleared whatsapp-web.js makes a code of "undefined".
    if (/^(undefined|null)?,/.test(qr) || this.#options.pairWithPhone !== undefined) return
    if (!this.#phase.is('loading', 'waiting', 'pairing')) return
    const first = this.#codes++ === 0
    this.#passkey = false
    if (first || !this.#phase.is('waiting')) this.#phase.enter('waiting', 'qr_ready', 'waiting_for_scan')
    this.#options.emit({ kind: 'qr', qr, expiresInMs: first ? QR_FIRST_MS : QR_NEXT_MS })
  }

  onCode(code: string): void {
    if (!this.#phase.is('waiting')) return
    this.#phase.say('qr_ready', 'pairing_code_requested')
    this.#options.emit({ kind: 'pairing_code', code })
  }

  onPasskey(): void {
    if (this.#phase.is('connected', 'reconnecting')) return
    this.#passkey = true
    this.#phase.enter('pairing', 'passkey_required', 'passkey')
    // It takes as long as it takes.
    this.#phase.mayLast()
    this.#options.emit({ kind: 'qr', qr: null })
  }

  onScanned(): void {
    if (this.#passkey || !this.#phase.is('loading', 'waiting')) return
    this.#phase.enter('pairing', 'pairing', 'scanned')
    this.#options.emit({ kind: 'qr', qr: null })
  }

  onLinked(): void {
    this.#passkey = false
  }

  /** The code ran out. whatsapp-web.js tries to refresh it from the wrong side of the page and never does. */
  onRanOut(): void {
    if (this.#options.pairWithPhone === undefined) this.#options.emit({ kind: 'qr', qr: null })
    else this.#options.emit({ kind: 'pairing_code', code: null })
  }

  async requestCode(client: TamedClient | null, phone: string): Promise<string> {
    if (!client || !this.#phase.is('waiting')) throw new EngineError('engine_starting', 'the page does not wait for a phone')
    const gone = Promise.withResolvers<never>()
    const stop = () => gone.reject(this.#phase.gone.reason)
    this.#phase.gone.addEventListener('abort', stop, { once: true })
    const code = Promise.race([client.requestPairingCode(phone), gone.promise])
    return withDeadline(code, this.#settings.callTimeoutMs, 'asking for a pairing code').finally(() =>
      this.#phase.gone.removeEventListener('abort', stop),
    )
  }
}
