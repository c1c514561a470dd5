import type { BrowserConfig } from './browser.ts'

type Timeouts = {
  /** For the browser to start, for the page to load, and for the page to say what it wants (a scan, or nothing). */
  pageTimeoutMs: number
  /** From "scanned" or "linked" to `ready`: a big account loads its history for minutes. */
  syncTimeoutMs: number
  /** Synced for so long, and whatsapp-web.js still does not listen: it has stumbled, and the engine listens itself. */
  readyGraceMs: number
  /** How often the page is asked whether it lives, and how long it may think. */
  heartbeatMs: number
  heartbeatTimeoutMs: number
  /** For one call into the page. */
  callTimeoutMs: number
  /** Chromium writes local storage to the disk when it likes, after 5 s or a minute (kCommitDefaultDelaySecs and its rate limit): what is as old as this is there. */
  localStorageMs: number
}
const TIMEOUTS: Timeouts = {
  pageTimeoutMs: 60_000,
  syncTimeoutMs: 300_000,
  readyGraceMs: 10_000,
  heartbeatMs: 10_000,
  heartbeatTimeoutMs: 20_000,
  callTimeoutMs: 30_000,
  localStorageMs: 50_000,
}

export type WwebjsConfig = BrowserConfig & { [Name in keyof Timeouts]?: number | undefined }
export type Settings = BrowserConfig & Timeouts

export const settingsOf = (config: WwebjsConfig): Settings => ({
  ...config,
  pageTimeoutMs: config.pageTimeoutMs ?? TIMEOUTS.pageTimeoutMs,
  syncTimeoutMs: config.syncTimeoutMs ?? TIMEOUTS.syncTimeoutMs,
  readyGraceMs: config.readyGraceMs ?? TIMEOUTS.readyGraceMs,
  heartbeatMs: config.heartbeatMs ?? TIMEOUTS.heartbeatMs,
  heartbeatTimeoutMs: config.heartbeatTimeoutMs ?? TIMEOUTS.heartbeatTimeoutMs,
  callTimeoutMs: config.callTimeoutMs ?? TIMEOUTS.callTimeoutMs,
  localStorageMs: config.localStorageMs ?? TIMEOUTS.localStorageMs,
})
