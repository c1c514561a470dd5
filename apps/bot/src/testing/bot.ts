import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { readConfig } from '../config.ts'
import type { EngineFactory } from '../engine/port.ts'
import { createLogger } from '../logger.ts'
import { startBot, type BotOptions } from '../main.ts'
import { SESSION_TIMINGS } from '../session/timings.ts'
import { HTTP_SINK_TIMINGS } from '../sinks/http.ts'
import { LINK_TIMINGS } from '../sinks/link.ts'

export const TOKEN = 'zbt_0123456789abcdefghijklmnopqrstuvwxyzABCD'
export const TENANT = '0190a6f0-0000-7000-8000-000000000001'

/** A directory for the time of a test. */
export const tempDir = async (): Promise<{ path: string } & AsyncDisposable> => {
  const path = await mkdtemp(join(tmpdir(), 'zaptria-bot-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Keeps what is logged, for tests that look for it. */
export const memoryLog = (level = 'debug') => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  return { log: createLogger({ level, tenantId: TENANT, destination }), lines, text: () => lines.join('') }
}

const PACE = { floorMs: 20, baseMs: 50, maxMs: 200 }
/** Patience for tests: what takes minutes in life takes moments here. */
export const FAST = {
  sessionTimings: {
    ...SESSION_TIMINGS,
    paces: { soon: PACE, conflict: PACE, needsHands: PACE },
    heartbeatMs: 50,
    heartbeatDeadlineMs: 100,
    memoryCheckMs: 30,
    roomCheckMs: 30,
    quietMs: 0,
    catchUpRetryMs: 30,
    deferMs: 1_000,
    deferMaxMs: 4_000,
    closeMs: 500,
  },
  linkTimings: { ...LINK_TIMINGS, beatMs: 100, renewMs: 100, silenceMs: 2_000, retry: { baseMs: 20, maxMs: 100, refusedMs: 100 } },
  httpTimings: { ...HTTP_SINK_TIMINGS, timeoutMs: 500, retry: { baseMs: 20, maxMs: 100 }, refusedMs: 60 },
}

/** The whole bot, as main wires it, with an engine of the test's. */
export const startTestBot = async (
  options: { dir: string; engine: EngineFactory; environment: Record<string, string>; volumeLimitBytes?: number } & Partial<
    Omit<BotOptions, 'config' | 'engine'>
  >,
) => {
  const { dir, engine, environment, volumeLimitBytes, ...more } = options
  const { log, text } = memoryLog()
  const ended = Promise.withResolvers<void>()
  const read = readConfig({
    BOT_TOKEN: TOKEN,
    TENANT_ID: TENANT,
    PORT: '0',
    ZAPTRIA_DATA_DIR: dir,
    ZAPTRIA_PACING: '{"enabled":false}',
    ...environment,
  })
  const config = volumeLimitBytes === undefined ? read : { ...read, volumeLimitBytes }
  const bot = await startBot({ config, engine, log, signal: new AbortController().signal, onEnd: () => ended.resolve(), ...FAST, ...more })
  return {
    ...bot,
    url: `http://127.0.0.1:${bot.port}`,
    logs: text,
    ended: ended.promise,
    [Symbol.asyncDispose]: (): Promise<void> => bot.stop(),
  }
}
