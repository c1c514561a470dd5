import { volumeName } from '@zaptria/core'
import type { Config } from '../config.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import type { InstanceSpec } from '../orchestrator/port.ts'
import type { Row } from '../store/tables.ts'

/** A bot as a driver is to run it. Made from rows and settings alone: the same whenever it is made. */
export function specOf(
  bot: Row<'bots'>,
  token: string,
  linkUrl: string,
  config: Pick<Config, 'bot' | 'production' | 'logLevel'>,
): InstanceSpec {
  const { engine, ...settings } = config.bot
  return {
    name: bot.container_name,
    labels: { tenant: bot.tenant_id, bot: bot.id },
    volume: volumeName(bot.container_name, bot.moves),
    generation: bot.generation,
    expose: bot.expose,
    limits: LIMITS,
    env: {
      BOT_TOKEN: token,
      TENANT_ID: bot.tenant_id,
      ZAPTRIA_LINK_URL: linkUrl,
      NODE_ENV: config.production ? 'production' : 'development',
      LOG_LEVEL: config.logLevel,
      ...(bot.moves === 0 ? {} : { ZAPTRIA_PLACE: String(bot.moves) }),
      // The simulated engine is a whole installation's choice, for load tests.
      ZAPTRIA_ENGINE: engine === 'simulated' ? engine : bot.engine,
      ZAPTRIA_BROWSER_SANDBOX: settings.browserSandbox ? 'on' : 'off',
      ...(settings.browserArgs.length === 0 ? {} : { ZAPTRIA_BROWSER_ARGS: JSON.stringify(settings.browserArgs) }),
      ...(settings.lab ? { ZAPTRIA_LAB: '1' } : {}),
      ...(settings.labUrl === undefined ? {} : { ZAPTRIA_LAB_URL: settings.labUrl }),
    },
  }
}
