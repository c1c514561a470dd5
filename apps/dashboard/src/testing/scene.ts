import type { BotState, StateReason } from '@zaptria/contract'
import type { Page } from 'playwright-core'
import type { Visit } from './browser.ts'
import { say, type World } from './world.ts'

/** A page as somebody may find it: how the world is, where they go, what they do there. Tests inspect it, `npm run screenshots` takes pictures. */
export type Scene = {
  name: string
  /** `tenant`, `chat`, or a path of its own. */
  path: string
  arrange?: (person: Visit) => void
  act?: (page: Page, person: Visit) => Promise<unknown>
  /** The test id of what must be there. */
  ready: string
  /** The same parts as in another scene, many times: that they fit is all there is to see. */
  crowded?: boolean
}

export const world =
  (change: (world: World) => void) =>
  ({ api }: Visit): void =>
    change(api.world)
export const signedOut = world((each) => (each.signedIn = false))
export const click = (testId: string) => (page: Page) => page.getByTestId(testId).first().click()

export function there(each: World, state: BotState, reason: StateReason): void {
  say(each, state, reason, state === 'connected' ? { number: '5511987654321', name: 'Padaria Estrela' } : {})
}

/** Linked, and nothing answers by itself. */
export function unanswered(each: World): void {
  there(each, 'connected', 'ready')
  Object.assign(each, { versions: [], webhooks: [] })
}
