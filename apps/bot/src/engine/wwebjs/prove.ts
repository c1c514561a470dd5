import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SnapshotManifest } from '@zaptria/contract'
import { launch } from 'puppeteer-core'
import { withDeadline } from '../deadline.ts'
import { messageOf } from '../error.ts'
import { findBrowser, launchOptions, type BrowserConfig } from './browser.ts'
import { ALL_MARKS, MARKS_MS, missingOf } from './marks.ts'
import { readMarks, type PageMark } from './page/marks.ts'
import { openProfile, SESSION_DIR } from './profile.ts'
import { proveCopy } from './session-copy.ts'

const ORIGIN = 'https://web.whatsapp.com'
const LAUNCH_MS = 60_000

/** What a browser found in a session, and which it was. `fault`: what is wrong with the session, or null. */
export type SessionProof = { fault: string | null; browser_version: string | null }

/**
 * Opens a session in a browser that reaches nothing, and looks in the storage of WhatsApp's origin for all that the manifest says it holds. The session is never
 * the bot's own one: what opens it here must not meet WhatsApp.
 */
export const proveSession = async (options: {
  profileDir: string
  scratchDir: string
  browser: Pick<BrowserConfig, 'browserPath' | 'sandbox'>
  manifest: Pick<SnapshotManifest, 'number' | 'marks'>
  signal: AbortSignal
}): Promise<SessionProof> => {
  const { profileDir, scratchDir, manifest, signal } = options
  if (!existsSync(join(profileDir, SESSION_DIR))) return { fault: 'it holds no profile of a browser', browser_version: null }
  const torn = await proveCopy(join(profileDir, SESSION_DIR)).then(() => null, messageOf)
  if (torn !== null) return { fault: torn, browser_version: null }
  const browserPath = findBrowser(options.browser.browserPath)
  const profile = await openProfile(profileDir, browserPath, { newBrowser: () => {}, mended: () => {} })
  const config = { ...options.browser, browserPath, browserArgs: ['--host-resolver-rules=MAP * ~NOTFOUND'] }
  const run = { launchMs: LAUNCH_MS, protocolMs: LAUNCH_MS, signal }
  const browser = await launch(launchOptions(config, { userDataDir: profile.userDataDir, scratchDir }, run))
  try {
    const browser_version = await browser.version()
    const page = await browser.newPage()
    // The origin's storage is all that is wanted of it: an empty page stands in its place.
    await page.setRequestInterception(true)
    page.on('request', (request) => {
      const answer =
        request.url() === `${ORIGIN}/` ? request.respond({ contentType: 'text/html', body: '<!doctype html>' }) : request.abort()
      answer.catch(() => {})
    })
    await page.goto(`${ORIGIN}/`, { timeout: LAUNCH_MS })
    const code = `(${readMarks.toString()})(window, ${JSON.stringify({ ...ALL_MARKS, number: manifest.number, databases: true })})`
    const found = await withDeadline(page.evaluate(code) as Promise<PageMark[]>, 3 * MARKS_MS, 'reading the session')
    return { fault: faultOf(manifest, found), browser_version }
  } finally {
    await browser.close()
    profile.release()
  }
}

const faultOf = ({ marks }: Pick<SnapshotManifest, 'marks'>, found: readonly PageMark[]): string | null => {
  if (found.length === 0) return 'the browser finds nothing in it'
  const missing = missingOf(marks, found)
  if (missing.length > 0) {
    const places = [...new Set(missing.map(({ place }) => place))].slice(0, 3).join(', ')
    return `${missing.length} of ${marks.length} records are not what they were: ${places}`
  }
  return null
}
