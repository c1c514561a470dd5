import type { Config } from './config.ts'
import type { EngineFactory } from './engine/port.ts'

/** The configured engine. Loaded only when it is used: whatsapp-web.js costs a simulated bot 20 MB otherwise. */
export const loadEngine = async (config: Config): Promise<EngineFactory> => {
  if (config.engine === 'simulated') {
    const { createSimulatedEngine } = await import('./engine/simulated/index.ts')
    return createSimulatedEngine({ labUrl: config.labUrl ?? '' })
  }
  const { createWwebjsEngine } = await import('./engine/wwebjs/index.ts')
  const { path, args, sandbox } = config.browser
  return createWwebjsEngine({ ...(path === null ? {} : { browserPath: path }), browserArgs: args, sandbox })
}
