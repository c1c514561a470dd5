import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { App } from '../http/app.ts'

const RETRY_MS = 2_000

export type BotsListener = {
  app: App
  host: string
  port: number
  /** Makes the address exist. */
  ensureHost: () => Promise<void>
  log: Logger
  signal: AbortSignal
}

/**
 * Listens for bots. The address may not be there yet (Docker starts beside us, or is away): it is waited for, until `signal` ends it. A port that is
 * taken is thrown at once.
 */
export async function listenForBots({ app, host, port, ensureHost, log, signal }: BotsListener): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await ensureHost()
      await app.listen({ host, port })
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EADDRINUSE' || code === 'EACCES') throw error
      if (signal.aborted) return
      if (tries === 0) log.warn({ err: error }, 'the bots’ listener has no address yet; trying again')
      await delay(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }
}

export function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  // What listens everywhere is dialled here.
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}
