import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { must, tell } from './tell.mjs'

/** In order of preference: headless-shell is a third of the weight. Real binaries before wrappers that add flags of their own. */
const PLACES = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium']
const NAMES = ['chromium-headless-shell', 'chrome-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
const MAC = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/**
 * The path of a Chromium that answers. When there is none: by apt as root on Debian and Ubuntu, else a line that says what to install:
 * thrown when `needed`, said aloud (and null) when only `wanted`.
 */
export function ensureChromium(need) {
  const found = find()
  if (found !== null) return found
  let why = ''
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    tell('Installing chromium-headless-shell by apt …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    try {
      must('apt-get', ['update', '-qq'], { env })
      must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium-headless-shell'], { env })
    } catch (error) {
      why = `\n${error.message}`
    }
    const installed = find()
    if (installed !== null) return installed
  }
  const text = `No headless Chromium was found. On Debian: apt install chromium-headless-shell. Elsewhere: install Chromium or Chrome, or set ZAPTRIA_BROWSER_PATH to its binary.${why}`
  if (need === 'needed') throw new Error(text)
  tell(text)
  return null
}

function find() {
  const set = process.env.ZAPTRIA_BROWSER_PATH
  if (set) {
    if (works(set)) return set
    throw new Error(`ZAPTRIA_BROWSER_PATH is ${set}, which does not answer to --version.`)
  }
  const onPath = NAMES.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name)))
  return [...PLACES, ...onPath, ...MAC].find((path) => existsSync(path) && works(path)) ?? null
}

function works(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 && /chrom/i.test(stdout ?? '')
}
