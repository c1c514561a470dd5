import { withLab, type Lab, type LabOptions } from '@zaptria/lab'
import type { EngineFactory, EngineMessage } from './port.ts'
import { withVolume, type Watched } from './testing.ts'

export const SHOP = '5511900000001'
export const ANA = '5511988887777'
export const ANA_CHAT = `${ANA}@c.us`
export const BIA = '5511977776666'

type Start = (options?: { pairWithPhone?: string }) => Watched
export type Scene = { lab: Lab; scenario: Lab['scenario']; start: Start; volume: string }
export type PairedScene = Scene & { bot: Watched }

/** What each part of `describeEngine` is given: an engine on a volume of its own, and a Lab with a shop and Ana in it. */
export type Scenes = {
  /** Nothing is started yet. */
  withScene: (body: (scene: Scene) => Promise<void>) => Promise<void>
  /** Starts an engine and has the shop's phone scan its QR. */
  pair: (scene: Pick<Scene, 'scenario' | 'start'>) => Promise<Watched>
  withPaired: (body: (scene: PairedScene) => Promise<void>) => Promise<void>
}

/** `factory` makes an engine speak to this Lab. */
export const scenesOf = (factory: (lab: Lab) => EngineFactory, options: LabOptions): Scenes => {
  const withScene = (body: (scene: Scene) => Promise<void>): Promise<void> =>
    withLab(options, async (lab) => {
      const { scenario } = lab
      await scenario.createAccount({ number: SHOP, name: 'Loja' })
      await scenario.createContact({ phone: ANA, name: 'Ana' })
      await withVolume((start, volume) => body({ lab, scenario, volume, start: (given = {}) => start(factory(lab), given) }))
    })
  const pair = async ({ scenario, start }: Pick<Scene, 'scenario' | 'start'>): Promise<Watched> => {
    const watched = start()
    await watched.open()
    await scenario.scan({ account: SHOP, qr: await watched.qr() })
    await watched.waitState('connected')
    return watched
  }
  const withPaired = (body: (scene: PairedScene) => Promise<void>): Promise<void> =>
    withScene(async (scene) => body({ ...scene, bot: await pair(scene) }))
  return { withScene, pair, withPaired }
}

export const bodies = (messages: EngineMessage[]): string[] => messages.map((message) => message.body)
