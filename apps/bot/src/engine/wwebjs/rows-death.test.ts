import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { isAlive, type Process } from './processes.ts'
import { ANA, ANA_CHAT, browsersOn, SHOP, withScene } from './testing.ts'

// The rows are those of the table of what goes wrong with whatsapp-web.js.

const rendererOf = (userDataDir: string): Process => {
  const found = browsersOn(userDataDir).find((one) => readFileSync(`/proc/${one.pid}/cmdline`, 'utf8').includes('--type=renderer'))
  if (!found) throw new Error('the browser has no renderer')
  return found
}

describe('a session’s death', () => {
  it('row 6: notices that the browser was killed, and comes back on the same profile', () =>
    withScene(async ({ pair, restart, userDataDir }) => {
      const bot = await pair()
      process.kill(browsersOn(userDataDir)[0]?.pid ?? 0, 'SIGKILL')
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting', reason: 'browser_crashed' })
      await expect(bot.send({ chatId: ANA_CHAT, text: 'tarde' })).rejects.toThrow(Error)
      await bot.engine.close()
      expect((await restart()).of('qr')).toEqual([])
    }))

  it('row 7: notices that the renderer was killed', () =>
    withScene(async ({ pair, userDataDir, restart }) => {
      const bot = await pair()
      process.kill(rendererOf(userDataDir).pid, 'SIGKILL')
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting', reason: 'renderer_crashed' })
      await expect(bot.engine.ping()).rejects.toThrow(Error)
      await bot.engine.close()
      expect((await restart()).of('qr')).toEqual([])
    }))

  it('row 7: notices that the renderer is frozen; no call hangs, and closing works', () =>
    withScene(async ({ pair, userDataDir }) => {
      const bot = await pair({ heartbeatMs: 200, heartbeatTimeoutMs: 1_500 })
      const renderer = rendererOf(userDataDir)
      process.kill(renderer.pid, 'SIGSTOP')
      const sending = bot.send({ chatId: ANA_CHAT, text: 'alguém?' })
      sending.catch(() => {})
      await expect(bot.engine.ping()).rejects.toThrow(Error)
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting', reason: 'renderer_frozen' })
      await expect(sending).rejects.toThrow(Error)
      await bot.engine.close()
      expect(isAlive(renderer)).toBe(false)
    }))

  it('row 8: takes the browser along when the bot is killed', () =>
    withScene(async ({ lab, scenario, volume, userDataDir, restart }) => {
      const places = { browserArgs: lab.browserArgs, profileDir: join(volume, 'session'), scratchDir: join(volume, 'scratch') }
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing-child.ts'), JSON.stringify(places)], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let output = ''
      child.stdout.on('data', (data: Buffer) => (output += data.toString()))
      await scenario.scan({ account: SHOP, qr: await scenario.waitForQr({ timeoutMs: 20_000 }) })
      await waitFor(() => output.includes('"state":"connected"'), { what: 'the bot to be connected', timeoutMs: 20_000 })
      const browser = browsersOn(userDataDir)
      expect(browser.length).toBeGreaterThan(1)
      child.kill('SIGKILL')
      await waitFor(() => !browser.some(isAlive), { what: 'the browser to follow its bot' })
      expect((await restart()).of('qr')).toEqual([])
    }))

  it('row 13: survives that the page navigates to where nothing is', () =>
    withScene(async ({ scenario, pair }) => {
      const bot = await pair({ pageTimeoutMs: 3_000 })
      await scenario.setFaults({ pageReset: true })
      await scenario.reloadPages()
      expect(await bot.wait('ended')).toMatchObject({ state: 'reconnecting' })
    }))

  it('row 13: survives that the phone logs it out while the page cannot be reached', () =>
    withScene(async ({ scenario, pair }) => {
      const bot = await pair({ pageTimeoutMs: 3_000 })
      await scenario.setFaults({ pageReset: true })
      await scenario.unlink({ account: SHOP })
      expect(await bot.wait('ended')).toMatchObject({ state: 'logged_out' })
    }))

  it('goes on by itself when everything stalls for a while', () =>
    withScene(async ({ scenario, pair }) => {
      const bot = await pair()
      await scenario.setFaults({ stall: true })
      await scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'preso' })
      await scenario.setFaults({ stall: false })
      await bot.waitMessage('preso')
    }))
})
