import { setTimeout as delay } from 'node:timers/promises'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaGoneError } from '../engine/port.ts'
import type {
  ChangeOutcome,
  ChangeRequest,
  Engine,
  EngineEvent,
  EngineFactory,
  EngineMessage,
  EngineOptions,
  KeyLookup,
  MessageRef,
  SendOutcome,
  SendRequest,
  SessionCopy,
} from '../engine/port.ts'

// Test helpers of this app; nothing of the product imports them.

const OVERLAP_S = 5

export type Sent = Pick<SendRequest, 'waId' | 'chatId' | 'text' | 'content' | 'quoted'> & {
  ack: number
  times: number
  file?: { kind: string; bytes: Buffer }
}

/** WhatsApp as the port promises it, in memory but for the session, which is a file on the volume. Each test changes what it needs. */
export const createFakeWhatsApp = () => {
  const engines: FakeEngine[] = []
  const world = {
    number: '5511900000001',
    history: [] as EngineMessage[],
    sent: new Map<string, Sent>(),
    /** What goes wrong, for as long as it is set. */
    openError: null as Error | null,
    openHangs: false,
    closeHangs: false,
    frozen: false,
    memoryBytes: 100 as number | null,
    catchUpError: null as Error | null,
    beforeCatchUp: null as Promise<void> | null,
    /** Before each message that is caught up with. */
    catchUpPauseMs: 0,
    codeError: null as Error | null,
    beforeSend: null as ((request: SendRequest) => Promise<SendOutcome | null>) | null,
    afterSend: null as (() => void) | null,
    lookupError: null as Error | null,
    /** By key: what messages hold; an error is thrown in the middle of the bytes. */
    files: new Map<string, Buffer | Error>(),
    staged: new Map<string, Buffer>(),
    /** What was done to messages, in order, and what answers instead. */
    changed: [] as ChangeRequest[],
    beforeChange: null as ((request: ChangeRequest) => Promise<ChangeOutcome | null>) | null,
    logouts: 0,
    calls: [] as string[],
  }

  class FakeEngine implements Engine {
    readonly name = 'fake'
    readonly options: EngineOptions
    closed = false
    connected = false

    constructor(options: EngineOptions) {
      this.options = options
      engines.push(this)
    }

    emit(event: EngineEvent): void {
      if (event.kind === 'state') this.connected = event.state === 'connected'
      this.options.emit(event)
    }

    get #marker(): string {
      return join(this.options.profileDir, 'linked')
    }

    async open(signal: AbortSignal): Promise<void> {
      world.calls.push('open')
      mkdirSync(this.options.profileDir, { recursive: true })
      if (world.openHangs) {
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }))
      }
      await Promise.resolve()
      if (world.openError !== null) throw world.openError
      if (existsSync(this.#marker)) this.connect()
      else if (this.options.pairWithPhone !== undefined) this.showCode()
      else this.showQr('qr-1')
    }

    showQr(qr: string): void {
      this.emit({ kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' })
      this.emit({ kind: 'qr', qr, expiresInMs: 20_000 })
    }

    showCode(): void {
      this.emit({ kind: 'state', state: 'qr_ready', reason: 'pairing_code_requested' })
      this.emit({ kind: 'pairing_code', code: 'ABCD1234' })
    }

    /** The customer's phone scans. */
    scan(): void {
      writeFileSync(this.#marker, '')
      this.emit({ kind: 'state', state: 'pairing', reason: 'scanned' })
      this.emit({ kind: 'qr', qr: null })
      this.emit({ kind: 'state', state: 'syncing', reason: 'history_sync' })
      this.connect()
    }

    connect(): void {
      this.emit({ kind: 'state', state: 'connected', reason: 'ready', number: world.number, name: 'Padaria' })
    }

    async close(): Promise<void> {
      world.calls.push('close')
      if (world.closeHangs) await new Promise(() => {})
      await Promise.resolve()
      this.closed = true
    }

    async send(request: SendRequest): Promise<SendOutcome> {
      world.calls.push(`send ${request.waId}`)
      const instead = await world.beforeSend?.(request)
      if (instead !== null && instead !== undefined) return instead
      const before = world.sent.get(request.waId)
      world.sent.set(request.waId, {
        waId: request.waId,
        chatId: request.chatId,
        text: request.text,
        ...(request.content === undefined ? {} : { content: request.content }),
        ...(request.quoted === undefined ? {} : { quoted: request.quoted }),
        ack: 1,
        times: (before?.times ?? 0) + 1,
        ...(request.file === undefined
          ? {}
          : { file: { kind: request.file.kind, bytes: world.staged.get(request.file.handle) ?? Buffer.alloc(0) } }),
      })
      world.afterSend?.()
      return { outcome: 'handed', chatId: request.chatId }
    }

    async change(request: ChangeRequest): Promise<ChangeOutcome> {
      world.calls.push(`change ${request.kind} ${request.target.waId}`)
      const instead = await world.beforeChange?.(request)
      if (instead !== null && instead !== undefined) return instead
      world.changed.push(request)
      return { outcome: 'done' }
    }

    async lookup(waId: string, chatIds: string[]): Promise<KeyLookup> {
      world.calls.push(`lookup ${waId} ${chatIds.join(',')}`)
      await Promise.resolve()
      if (world.lookupError !== null) throw world.lookupError
      const sent = world.sent.get(waId)
      return sent !== undefined && chatIds.includes(sent.chatId) ? { found: true, ack: sent.ack, chatId: sent.chatId } : { found: false }
    }

    async *downloadMedia({ waId }: MessageRef): AsyncIterable<Uint8Array> {
      world.calls.push(`download ${waId}`)
      await Promise.resolve()
      const file = world.files.get(waId)
      if (file === undefined) throw new MediaGoneError('gone')
      yield Buffer.isBuffer(file) ? file.subarray(0, 1_000) : Buffer.alloc(1_000)
      if (!Buffer.isBuffer(file)) throw file
      yield file.subarray(1_000)
    }

    async stageMedia(_file: object, bytes: AsyncIterable<Uint8Array>) {
      const handle = `staged-${world.calls.push('stage')}`
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      world.staged.set(handle, Buffer.concat(chunks))
      return { handle, release: () => Promise.resolve(void world.staged.delete(handle)) }
    }

    async *catchUp(watermarks: ReadonlyMap<string, number>, floor: number): AsyncIterable<EngineMessage> {
      world.calls.push('catchUp')
      await world.beforeCatchUp
      if (world.catchUpError !== null) throw world.catchUpError
      for (const message of world.history.toSorted((a, b) => a.timestamp - b.timestamp)) {
        if (message.timestamp <= (watermarks.get(message.chatId) ?? floor) - OVERLAP_S) continue
        if (world.catchUpPauseMs > 0) await delay(world.catchUpPauseMs)
        yield { ...message, caughtUp: true }
      }
    }

    async requestPairingCode(phone: string): Promise<string> {
      world.calls.push(`code ${phone}`)
      await Promise.resolve()
      if (world.codeError !== null) throw world.codeError
      return 'WXYZ9876'
    }

    async logout(): Promise<void> {
      await Promise.resolve()
      world.logouts += 1
    }

    async ping(): Promise<void> {
      if (world.frozen) await new Promise(() => {})
    }

    async copySession(into: string): Promise<SessionCopy> {
      await mkdir(into, { recursive: true })
      await writeFile(join(into, 'device.json'), '{}')
      return { heldMs: 1, versions: { page_version: '2.3000.1', browser_version: 'Chrome/156' }, marks: [] }
    }

    async memory(): Promise<number | null> {
      return Promise.resolve(world.memoryBytes)
    }
  }

  const factory: EngineFactory = (options) => new FakeEngine(options)
  return {
    world,
    factory,
    engines,
    /** The engine that is open now. */
    engine(): FakeEngine {
      const engine = engines.findLast((each) => !each.closed)
      if (engine === undefined) throw new Error('no engine is open')
      return engine
    },
    /** Somebody writes to the account; a bot that is connected hears of it at once. */
    say(message: Partial<EngineMessage> & { body: string }): EngineMessage {
      const full: EngineMessage = {
        waId: `IN${world.history.length}`,
        chatId: '5511988887777@c.us',
        fromMe: false,
        sender: message.chatId ?? '5511988887777@c.us',
        phone: '5511988887777@c.us',
        lid: null,
        timestamp: Math.floor(Date.now() / 1000),
        type: 'chat',
        ...message,
      }
      world.history.push(full)
      const current = engines.findLast((each) => !each.closed)
      if (current?.connected === true) current.emit({ kind: 'message', message: full })
      return full
    },
  }
}
export type FakeWhatsApp = ReturnType<typeof createFakeWhatsApp>
