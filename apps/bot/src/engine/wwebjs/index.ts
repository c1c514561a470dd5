import type { EngineFactory } from '../port.ts'
import type { WwebjsConfig } from './config.ts'
import { WwebjsEngine } from './engine.ts'

export type { WwebjsConfig } from './config.ts'

/** whatsapp-web.js in a Chromium of its own. */
export const createWwebjsEngine =
  (config: WwebjsConfig): EngineFactory =>
  (options) =>
    new WwebjsEngine(config, options)
