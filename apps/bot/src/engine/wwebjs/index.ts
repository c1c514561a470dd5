import type { EngineFactory } from '../port.ts'
import { WwebjsEngine, type WwebjsConfig } from './engine.ts'

export type { WwebjsConfig } from './engine.ts'

/** whatsapp-web.js in a Chromium of its own. */
export const createWwebjsEngine =
  (config: WwebjsConfig): EngineFactory =>
  (options) =>
    new WwebjsEngine(config, options)
