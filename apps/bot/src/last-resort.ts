import type { Logger } from './logger.ts'

/**
 * What nobody caught ends the process: its state is not to be trusted, and whoever runs it starts a fresh one. `close` may let go of the
 * browser first, for as long as `patienceMs`.
 */
export const installLastResort = (options: {
  log: Logger
  close: () => Promise<void>
  patienceMs: number
  exit: (code: number) => void
}): void => {
  let dying = false
  const closeAndExit = async (): Promise<void> => {
    try {
      await options.close()
    } finally {
      options.exit(1)
    }
  }
  const die = (error: unknown, what: string): void => {
    options.log.fatal({ err: error }, what)
    if (dying) return
    dying = true
    setTimeout(() => options.exit(1), options.patienceMs).unref()
    void closeAndExit()
  }
  process.on('uncaughtException', (error) => die(error, 'an exception that nobody caught'))
  process.on('unhandledRejection', (error) => die(error, 'a rejection that nobody handled'))
}
