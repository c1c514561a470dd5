import type { Config } from './config.ts'
import type { EngineFactory } from './engine/port.ts'

/** The configured engine. Loaded only when it is used: whatsapp-web.js costs a simulated bot 20 MB otherwise. */
export const loadEngine = async (config: Config): Promise<EngineFactory> => {
  switch (config.engine) {
    case 'wwebjs': {
      const { createWwebjsEngine } = await import('./engine/wwebjs/index.ts')
      return createWwebjsEngine({
        ...(config.browser.path === null ? {} : { browserPath: config.browser.path }),
        browserArgs: config.browser.args,
        sandbox: config.browser.sandbox,
      })
    }
    case 'simulated': {
      // Not a literal until it is there.
      const path = './engine/simulated/index.ts'
      const { createSimulatedEngine } = (await import(path)) as { createSimulatedEngine: (config: { labUrl: string }) => EngineFactory }
      return createSimulatedEngine({ labUrl: config.labUrl ?? '' })
    }
  }
}
