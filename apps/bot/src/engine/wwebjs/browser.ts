import { spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { LaunchOptions } from 'puppeteer-core'
import { EngineError } from '../error.ts'

export type BrowserConfig = {
  /** The browser's binary; the first of the usual places when absent. */
  browserPath?: string | undefined
  /** Extra arguments, last word. */
  browserArgs?: readonly string[] | undefined
  /** Chromium's own sandbox; off only by an explicit setting. */
  sandbox: boolean
}

/** Binaries, not the wrapper scripts in /usr/bin: those add flags of their own. The shell first: half the memory. */
const USUAL_PLACES = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/lib/chromium-browser/chromium-headless-shell',
  '/usr/lib/chromium/chromium',
  '/usr/lib/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
]

export const findBrowser = (path: string | undefined, places: readonly string[] = USUAL_PLACES): string => {
  for (const candidate of path === undefined ? places : [path]) {
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // The next one.
    }
  }
  throw new EngineError('browser_missing', path === undefined ? 'no Chromium found in the usual places' : `no browser at ${path}`)
}

/** A browser and a renderer instead of six processes: half the memory of the default (measured). Never `--single-process`: sessions failed with it. */
const LEAN = [
  '--in-process-gpu',
  '--disable-software-rasterizer',
  '--renderer-process-limit=1',
  '--disable-site-isolation-trials',
  '--disable-features=IsolateOrigins,site-per-process,AudioServiceOutOfProcess,StorageServiceOutOfProcess,BackForwardCache',
  '--enable-features=NetworkServiceInProcess2',
]

export type Places = { userDataDir: string; scratchDir: string }

export const browserArgs = (config: BrowserConfig, places: Places): string[] => [
  ...LEAN,
  `--disk-cache-dir=${join(places.scratchDir, 'cache')}`,
  '--disk-cache-size=33554432',
  '--disable-blink-features=AutomationControlled',
  '--mute-audio',
  // Chromium refuses to run sandboxed without a zygote.
  ...(config.sandbox ? [] : ['--no-sandbox', '--no-zygote']),
  ...(config.browserArgs ?? []),
]

/** No token of ours in the browser's environment; everything that it writes goes below the scratch directory, on the volume. */
const browserEnv = (scratchDir: string): Record<string, string> => {
  const keep = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH', 'FONTCONFIG_FILE']
  const kept = keep.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]))
  return {
    ...Object.fromEntries(kept),
    HOME: scratchDir,
    TMPDIR: join(scratchDir, 'tmp'),
    XDG_CONFIG_HOME: join(scratchDir, 'config'),
    XDG_CACHE_HOME: join(scratchDir, 'xdg-cache'),
    XDG_DATA_HOME: join(scratchDir, 'data'),
    XDG_RUNTIME_DIR: join(scratchDir, 'tmp'),
  }
}

/** `pipe`: Chromium ends when the pipe closes, so a killed bot leaves none behind. */
export const launchOptions = (
  config: BrowserConfig,
  places: Places,
  run: { launchMs: number; protocolMs: number; signal: AbortSignal },
): LaunchOptions => {
  mkdirSync(join(places.scratchDir, 'tmp'), { recursive: true, mode: 0o700 })
  return {
    executablePath: findBrowser(config.browserPath),
    headless: 'shell',
    pipe: true,
    args: browserArgs(config, places),
    userDataDir: places.userDataDir,
    env: browserEnv(places.scratchDir),
    timeout: run.launchMs,
    protocolTimeout: run.protocolMs,
    signal: run.signal,
    defaultViewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  }
}

/**
 * Why a browser does not start. Over a pipe puppeteer does not hear what it says, so it is started once more, without one, and asked for
 * nothing; the profile is not touched.
 */
export const lastWords = async (options: LaunchOptions): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const args = [...(options.args ?? []), '--headless', '--no-first-run', '--dump-dom', 'about:blank']
  const browser = spawn(options.executablePath ?? '', args, {
    env: options.env ?? {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 5_000,
    killSignal: 'SIGKILL',
  })
  let said = ''
  browser.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4_000)
  })
  browser.on('error', (error) => resolve(error.message))
  browser.on('close', (code, signal) => resolve(`${said}(${signal ?? code})`))
  return promise
}
