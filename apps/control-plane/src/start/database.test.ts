import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { startPostgres } from '@zaptria/postgres'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../config.ts'
import { migrateWhenThere } from './database.ts'

describe('a database behind a socket', () => {
  it('is waited for while its socket is not there yet', async () => {
    const sockets = mkdtempSync(join(tmpdir(), 'zaptria-socket-'))
    chmodSync(sockets, 0o777)
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-pg-'))
    onTestFinished(() => [sockets, dir].forEach((each) => rmSync(each, { recursive: true, force: true })))
    const before = await startPostgres({ dir })
    const { password } = new URL(before.url)
    await before.stop()

    const { databaseUrl } = readConfig({
      DATABASE_URL: `postgresql:///postgres?host=${sockets}&port=${before.port}&user=postgres&password=${password}`,
    })
    const said: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) })
    const migrated = migrateWhenThere(databaseUrl, log)
    await waitFor(() => said.some((line) => line.includes('waiting for it')), { timeoutMs: 10_000, what: 'it to wait' })
    const server = await startPostgres({ dir, port: before.port, settings: { unix_socket_directories: sockets } })
    onTestFinished(() => server.destroy())
    await expect(migrated).resolves.toBeUndefined()
  })
})

describe('a database that recovers', () => {
  it('is waited for as long as it says so', async () => {
    const PATIENCE_MS = 300
    const began = performance.now()
    const refusal = (code: string): Buffer => {
      const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mnot now\0\0`)
      const head = Buffer.from('E....')
      head.writeInt32BE(fields.length + 4, 1)
      return Buffer.concat([head, fields])
    }
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(refusal(performance.now() - began < 4 * PATIENCE_MS ? '57P03' : '28P01')))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const url = `postgres://a:b@127.0.0.1:${(server.address() as AddressInfo).port}/c`
    await expect(migrateWhenThere(url, pino({ level: 'silent' }), PATIENCE_MS)).rejects.toMatchObject({ code: '28P01' })
  })
})
