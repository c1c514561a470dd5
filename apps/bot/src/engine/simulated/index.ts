import type { EngineFactory } from '../port.ts'
import { SimulatedEngine, type SimulatedConfig } from './engine.ts'

export type { SimulatedConfig } from './engine.ts'

/** The Lab's simulated device: load tests only. */
export const createSimulatedEngine =
  (config: SimulatedConfig): EngineFactory =>
  (options) =>
    new SimulatedEngine(config, options)
