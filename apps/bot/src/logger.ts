import { maskPhone } from '@zaptria/core'
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino'

export type { Logger } from 'pino'

const NUMBER_IN_JID = /\d{6,20}(?=(?::\d+)?@(?:c\.us|s\.whatsapp\.net|lid|g\.us))/g

/**
 * JSON lines on standard output. Nobody logs message bodies; numbers are masked where they are logged, and jids once more on the way out,
 * because errors of the page quote them.
 */
export const createLogger = (options: { level: string; tenantId: string; destination?: DestinationStream }): Logger =>
  pino(
    {
      level: options.level,
      base: { tenant: options.tenantId },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: stdTimeFunctions.isoTime,
      hooks: { streamWrite: (line) => line.replace(NUMBER_IN_JID, (digits) => maskPhone(digits)) },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  )
