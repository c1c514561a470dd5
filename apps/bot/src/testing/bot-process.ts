import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineFactory, EngineMessage } from '../engine/port.ts'
import { readConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import { startBot } from '../main.ts'
import { FAST } from './bot.ts'

// A bot as a process of its own, to be killed: its WhatsApp is two files that outlive it. `FAKE_DIR` holds them; `FAKE_DIE` says where to die.

const dir = process.env['FAKE_DIR'] ?? ''
const dieAt = process.env['FAKE_DIE'] ?? ''
const sentFile = join(dir, 'sent')
const historyFile = join(dir, 'history')
const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])
const die = (where: string): void => {
  if (dieAt !== where) return
  process.kill(process.pid, 'SIGKILL')
  // Delivered when this thread returns to the kernel: nothing may run until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
}

const engine: EngineFactory = ({ emit, profileDir }) => {
  const read = (): EngineMessage[] => lines(historyFile).map((line) => JSON.parse(line) as EngineMessage)
  let heard = 0
  let timer: NodeJS.Timeout | undefined
  return {
    name: 'files',
    async open() {
      await Promise.resolve()
      mkdirSync(profileDir, { recursive: true })
      const marker = join(profileDir, 'linked')
      if (!existsSync(marker)) {
        emit({ kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' })
        writeFileSync(marker, '')
        emit({ kind: 'state', state: 'pairing', reason: 'scanned' })
      }
      heard = read().length
      emit({ kind: 'state', state: 'connected', reason: 'ready', number: '5511900000001' })
      timer = setInterval(() => {
        const all = read()
        for (const message of all.slice(heard)) emit({ kind: 'message', message })
        if (all.length > heard) die('after_emit')
        heard = all.length
      }, 5)
    },
    async close() {
      clearInterval(timer)
      await Promise.resolve()
    },
    async send({ waId, chatId }) {
      await Promise.resolve()
      die('before_send')
      appendFileSync(sentFile, `${waId}\n`)
      die('after_send')
      return { outcome: 'handed', chatId }
    },
    async change({ kind, target }) {
      await Promise.resolve()
      die('before_change')
      appendFileSync(sentFile, `${kind} ${target.waId}\n`)
      die('after_change')
      return { outcome: 'done' }
    },
    async lookup(waId, [chatId = '']) {
      await Promise.resolve()
      return lines(sentFile).includes(waId) ? { found: true, ack: 1, chatId } : { found: false }
    },
    async *downloadMedia({ waId }) {
      const bytes = readFileSync(join(dir, `file-${waId}`))
      for (let at = 0; at < bytes.length; at += 10_000) {
        yield bytes.subarray(at, at + 10_000)
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (at > bytes.length / 2) die('while_bringing')
      }
    },
    stageMedia: () => Promise.reject(new Error('no files go from here')),
    async *catchUp(watermarks, floor) {
      await Promise.resolve()
      for (const message of read()) {
        if (message.timestamp > (watermarks.get(message.chatId) ?? floor) - 5) yield { ...message, caughtUp: true }
        die('while_catching_up')
      }
    },
    requestPairingCode: () => Promise.reject(new Error('no codes here')),
    logout: () => Promise.resolve(),
    ping: () => Promise.resolve(),
    copySession: () => Promise.reject(new Error('not here')),
    memory: () => Promise.resolve(null),
  }
}

const config = readConfig(Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('FAKE_'))))
const bot = await startBot({
  config,
  engine,
  log: createLogger({ level: config.logLevel, tenantId: config.tenantId }),
  signal: new AbortController().signal,
  onEnd: () => void bot.stop().then(() => process.exit(0)),
  ...FAST,
})
