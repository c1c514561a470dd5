import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { browserArgs, findBrowser } from './browser.ts'
import { isAlive, processesOnProfile, readProcess } from './processes.ts'
import { ANA_CHAT, browsersOn, SHOP, withScene } from './testing.ts'

// The rows are those of the table of what goes wrong with whatsapp-web.js.

describe('starting and stopping', () => {
  it('row 4: connects when the working directory cannot be written to', () =>
    withScene(async ({ scenario, lab, volume, userDataDir }) => {
      const places = { browserArgs: lab.browserArgs, profileDir: join(volume, 'session'), scratchDir: join(volume, 'scratch') }
      // Nobody can make a file in /proc, not even root.
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing-child.ts'), JSON.stringify(places)], { cwd: '/proc' })
      let output = ''
      child.stdout.on('data', (data: Buffer) => (output += data.toString()))
      child.stderr.on('data', (data: Buffer) => (output += data.toString()))
      try {
        await scenario.scan({ account: SHOP, qr: await scenario.waitForQr({ timeoutMs: 20_000 }) })
        await waitFor(() => output.includes('"state":"connected"') || output.includes('"ended"'), {
          what: 'the bot to be connected',
          timeoutMs: 20_000,
        })
        expect(output).toContain('"state":"connected"')
      } finally {
        child.kill('SIGKILL')
      }
      await waitFor(() => browsersOn(userDataDir).length === 0, { what: 'the browser to follow its bot' })
    }))

  it('row 9: removes the locks of another host', () =>
    withScene(async ({ userDataDir, start, restart, pair }) => {
      const first = await pair()
      await first.engine.close()
      for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
        rmSync(join(userDataDir, name), { force: true })
        symlinkSync(`another-host-4242`, join(userDataDir, name))
      }
      await restart()
      const second = start()
      await expect(second.open()).rejects.toMatchObject({ reason: 'volume_locked' })
      expect(second.of('ended')).toMatchObject([{ state: 'failed', reason: 'volume_locked' }])
    }))

  it('row 9: lets the profile go when it is closed, and to the next at once', () =>
    withScene(async ({ pair, restart }) => {
      await (await pair()).engine.close()
      await (await restart()).engine.close()
      await restart()
    }))

  it('row 9: ends a browser that somebody left on the profile', () =>
    withScene(async ({ userDataDir, start }) => {
      mkdirSync(userDataDir, { recursive: true })
      const left = spawn(findBrowser(undefined), ['--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${userDataDir}`], {
        stdio: 'ignore',
      })
      await waitFor(() => processesOnProfile(userDataDir).length > 0, { what: 'the forgotten browser' })
      const forgotten = readProcess(left.pid ?? 0)
      const bot = start()
      await bot.open()
      await bot.qr()
      expect(forgotten && isAlive(forgotten)).toBe(false)
    }))

  it.each([
    ['the connection is cut off', { pageReset: true }, 'page_unreachable'],
    ['the certificate is not to be trusted', { badCertificate: true }, 'page_unreachable'],
    ['the page never answers (row 20)', { pageNeverLoads: true }, 'page_unreachable'],
  ])('row 10: gives up and leaves no browser when %s', (_, faults, reason) =>
    withScene(async ({ scenario, start, userDataDir }) => {
      await scenario.setFaults(faults)
      const bot = start({ pageTimeoutMs: 3_000 })
      const began = performance.now()
      await expect(bot.open()).rejects.toMatchObject({ reason })
      expect(performance.now() - began).toBeLessThan(12_000)
      expect(browsersOn(userDataDir)).toEqual([])
      expect(bot.of('ended')).toMatchObject([{ state: 'reconnecting', reason }])
    }),
  )

  it.each([
    ['the page never says its version', { noVersion: true }, 'page_timeout'],
    ['the page’s own connection is refused for ever', { refuseSocket: true }, 'network_lost'],
  ])('row 10: ends when %s', (_, faults, reason) =>
    withScene(async ({ scenario, start }) => {
      await scenario.setFaults(faults)
      const bot = start({ pageTimeoutMs: 3_000 })
      await bot.open()
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting', reason })
    }),
  )

  it('row 10: ends when it is linked and never gets ready', () =>
    withScene(async ({ scenario, start }) => {
      await scenario.setFaults({ neverSync: true })
      const bot = start({ syncTimeoutMs: 2_000 })
      await bot.open()
      await scenario.scan({ account: SHOP, qr: await bot.qr() })
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting', reason: 'page_timeout' })
    }))

  it.each([0, 5, 30, 80, 150, 250])('row 11: leaves no browser when it is closed %i ms after it began to open', (ms) =>
    withScene(async ({ start, userDataDir }) => {
      const bot = start()
      const opening = bot.open().then(
        () => 'opened',
        () => 'called off',
      )
      // A moment of the launch, not a wait for something.
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
      await bot.engine.close()
      expect(browsersOn(userDataDir)).toEqual([])
      await opening
      expect(browsersOn(userDataDir)).toEqual([])
      expect(bot.of('ended')).toEqual([])
    }),
  )

  it('row 12: opens once', () =>
    withScene(async ({ start, userDataDir }) => {
      const bot = start()
      const [first, second] = await Promise.allSettled([bot.open(), bot.open()])
      expect([first.status, second.status]).toEqual(['fulfilled', 'rejected'])
      expect(processesOnProfile(userDataDir).filter((one) => one.parent === process.pid)).toHaveLength(1)
      await bot.qr()
    }))

  it('row 19: keeps a copy of the profile before another browser opens it', () =>
    withScene(async ({ volume, pair, restart }) => {
      const bins = mkdtempSync(join(tmpdir(), 'zaptria-browser-'))
      try {
        await (await pair()).engine.close()
        const copy = join(volume, 'session', 'session.before-new-browser')
        await (await restart()).engine.close()
        expect(existsSync(copy)).toBe(false)
        const other = join(bins, 'another-chromium')
        symlinkSync(findBrowser(undefined), other)
        const bot = await restart({ browserPath: other })
        expect(readdirSync(copy)).toContain('Default')
        expect(bot.of('qr')).toEqual([])
        expect(bot.logs.join()).toContain('the browser is another than last time')
      } finally {
        rmSync(bins, { recursive: true, force: true })
      }
    }))

  it('row 21: runs the page in a process of its own', () =>
    withScene(async ({ pair, userDataDir }) => {
      expect(browserArgs({ sandbox: false }, { userDataDir: '/x', scratchDir: '/y' }).join(' ')).not.toContain('single-process')
      const bot = await pair()
      const [browser, ...children] = browsersOn(userDataDir)
      expect(browser?.parent).toBe(process.pid)
      expect(children.length).toBeGreaterThanOrEqual(1)
      expect(await bot.engine.memory()).toBeGreaterThan(50 * 1024 * 1024)
      expect(await bot.send({ chatId: ANA_CHAT, text: 'oi' })).toMatchObject({ outcome: 'handed' })
    }))

  it('says that there is no browser', () =>
    withScene(async ({ start }) => {
      const bot = start({ browserPath: '/nowhere/chromium' })
      await expect(bot.open()).rejects.toMatchObject({ reason: 'browser_missing' })
      expect(bot.of('ended')).toMatchObject([{ state: 'failed', reason: 'browser_missing' }])
    }))

  it.runIf(process.getuid?.() === 0)('says that the sandbox cannot be used, as root', () =>
    withScene(async ({ start }) => {
      await expect(start({ sandbox: true }).open()).rejects.toMatchObject({ reason: 'sandbox_unavailable' })
    }),
  )
})
