import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres, type Postgres } from '@zaptria/postgres'

/** A PostgreSQL in `<dir>/postgres` that is started again, on the same port, when it dies. */
export async function keepPostgres(dir: string, say: (text: string) => void): Promise<{ url: string; stop(): Promise<void> }> {
  mkdirSync(join(dir, 'log'), { recursive: true })
  // A full disk costs log lines, never the rest.
  const log = createWriteStream(join(dir, 'log', 'postgres.log'), { flags: 'a' }).on('error', () => {})
  let stopped = false
  let current: Postgres | undefined
  let restarting: Promise<void> = Promise.resolve()

  const start = (port?: number): Promise<Postgres> =>
    startPostgres({
      dir: join(dir, 'postgres'),
      ...(port === undefined ? {} : { port }),
      // Two cores and a laptop's memory; 45 s of silence from a dead peer is as long as a grant.
      settings: { shared_buffers: '64MB', max_wal_size: '1GB', min_wal_size: '80MB', max_connections: '100', tcp_keepalives_idle: '45' },
      log: (line) => log.write(`${line}\n`),
      onExit: (how) => {
        if (stopped) return
        say(`PostgreSQL ended (${how}); starting it again.`)
        restarting = again()
      },
    })
  const again = async (): Promise<void> => {
    while (!stopped) {
      try {
        current = await start(current!.port)
        say('PostgreSQL is back.')
        return
      } catch (error) {
        say(`PostgreSQL does not start: ${(error as Error).message.split('\n')[0]}`)
        await new Promise((done) => setTimeout(done, 2000))
      }
    }
  }

  current = await start()
  return {
    url: current.url,
    stop: async () => {
      stopped = true
      await restarting
      await current!.stop()
      log.end()
    },
  }
}
