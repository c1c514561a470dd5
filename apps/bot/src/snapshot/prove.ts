import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SnapshotManifest, type SnapshotProof } from '@zaptria/contract'
import { messageOf } from '../engine/error.ts'
import { proveSession } from '../engine/wwebjs/prove.ts'
import { VERSION } from '../version.ts'
import { SnapshotDamagedError, unpackSession } from './archive.ts'

/** For all of it: a browser's start on a busy machine is the longest. */
const MOST_MS = 120_000

/**
 * The bot's program in another part: with `archive` and `manifest.json` in `dir`, it unpacks the session there, compares every file with the manifest, and opens it in the
 * browser, which must not reach anything. It says what it has found in one line of JSON on standard output.
 */
export const prove = async (dir: string, env: Readonly<Record<string, string | undefined>>): Promise<SnapshotProof> => {
  const began = performance.now()
  const done = (fault: string | null, browser_version: string | null = null): SnapshotProof => ({
    fault: fault?.slice(0, 1000) ?? null,
    ms: Math.round(performance.now() - began),
    bot_version: VERSION,
    browser_version,
  })
  const manifest = SnapshotManifest.parse(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')))
  const profileDir = join(dir, 'session')
  try {
    await unpackSession(createReadStream(join(dir, 'archive')), profileDir, manifest.files)
  } catch (error) {
    if (error instanceof SnapshotDamagedError) return done(error.message)
    throw error
  }
  // A simulated session has no page: its files are all there is to it.
  if (manifest.engine !== 'wwebjs') return done(null)
  const { fault, browser_version } = await proveSession({
    profileDir,
    scratchDir: join(dir, 'scratch'),
    browser: { browserPath: env['ZAPTRIA_BROWSER_PATH'], sandbox: env['ZAPTRIA_BROWSER_SANDBOX'] === 'on' },
    manifest,
    signal: AbortSignal.timeout(MOST_MS),
  })
  return done(fault, browser_version)
}

/** `node bot.js prove <dir>`: 0 when it could be looked at, whatever was found. */
export const proveMain = async (dir: string): Promise<void> => {
  // Whoever started it has died: its browser ends with it.
  if (process.env['ZAPTRIA_EXIT_WITH_STDIN'] === '1') process.stdin.on('end', () => process.exit(1)).resume()
  try {
    process.stdout.write(`${JSON.stringify(await prove(dir, process.env))}\n`)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(1)
  }
}
