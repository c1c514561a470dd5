import { join } from 'node:path'
import { withLab, type Lab } from '@zaptria/lab'
import { expect } from 'vitest'
import { withVolume, type Watched } from '../testing.ts'
import { createWwebjsEngine, type WwebjsConfig } from './index.ts'
import { processesOnProfile, processTree, type Process } from './processes.ts'

// Test helpers of this folder; nothing of the product imports them.

export const SHOP = '5511900000001'
export const ANA = '5511988887777'
export const ANA_CHAT = `${ANA}@c.us`

export type Scene = {
  lab: Lab
  scenario: Lab['scenario']
  volume: string
  userDataDir: string
  start: (config?: Partial<WwebjsConfig>) => Watched
  /** A started engine, linked by QR. */
  pair: (config?: Partial<WwebjsConfig>) => Promise<Watched>
  /** One that is started on a linked profile and is connected. */
  restart: (config?: Partial<WwebjsConfig>) => Promise<Watched>
}

/** A Lab with a shop and Ana, and a volume. Fails on a promise that was rejected unheard, and on a browser that is left. */
export const withScene = async (body: (scene: Scene) => Promise<void>): Promise<void> => {
  const unheard: unknown[] = []
  const hear = (reason: unknown) => void unheard.push(reason)
  process.on('unhandledRejection', hear)
  try {
    await withLab(async (lab) => {
      await lab.scenario.createAccount({ number: SHOP, name: 'Loja' })
      await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
      let userDataDir = ''
      await withVolume(async (open, volume) => {
        userDataDir = join(volume, 'session', 'session')
        const start = (config: Partial<WwebjsConfig> = {}) =>
          open(createWwebjsEngine({ sandbox: false, browserArgs: lab.browserArgs, ...config }))
        const restart = async (config?: Partial<WwebjsConfig>) => {
          const bot = start(config)
          await bot.open()
          await bot.waitState('connected')
          return bot
        }
        const pair = async (config?: Partial<WwebjsConfig>) => {
          const bot = start(config)
          await bot.open()
          await lab.scenario.scan({ account: SHOP, qr: await bot.qr() })
          await bot.waitState('connected')
          return bot
        }
        await body({ lab, scenario: lab.scenario, volume, userDataDir, start, pair, restart })
      })
      expect(browsersOn(userDataDir)).toEqual([])
    })
  } finally {
    // Rejections are reported a turn later.
    await new Promise(setImmediate)
    process.off('unhandledRejection', hear)
  }
  expect(unheard).toEqual([])
}

/** The processes that work on a profile: the browser first, then its children. */
export const browsersOn = (userDataDir: string): Process[] => {
  const [main] = processesOnProfile(userDataDir)
  return main ? processTree(main.pid) : []
}
