import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../limits.ts'
import { driverConformance, FAKE_PROOF } from '../conformance.ts'
import type { InstanceSpec } from '../port.ts'
import { homeIsThere, makeHome } from './home.ts'
import { createProcessDriver } from './index.ts'

/** Prints, leaves a marker and its pids, and ends with its standard input, as a bot does. */
const FAKE_BOT = `
${FAKE_PROOF}
import { createServer } from 'node:http'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
const dir = process.env.ZAPTRIA_DATA_DIR
const marker = dir + '/marker'
appendFileSync(marker, (existsSync(marker) ? ',' : '') + process.env.HELLO)
const child = process.env.WITH_CHILD ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }) : undefined
writeFileSync(dir + '/pid', String(process.pid))
writeFileSync(dir + '/child', String(child?.pid ?? ''))
if (process.env.DEAF) process.on('SIGTERM', () => {})
process.stdin.resume().on('end', () => process.exit(0))
if (process.env.PORT !== '0') createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, process.env.HOST)
console.log('hello ' + process.env.HELLO + ' ' + JSON.stringify(Object.keys(process.env)))
`

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function withDriver(killAfterMs?: number) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'zaptria-driver-'))
  const script = path.join(dataDir, 'bot.mjs')
  await writeFile(script, FAKE_BOT)
  const driver = createProcessDriver({
    dataDir,
    command: process.execPath,
    args: [script],
    ...(killAfterMs === undefined ? {} : { killAfterMs }),
  })
  const read = (volume: string, file: string) => readFile(path.join(dataDir, 'volumes', volume, file), 'utf8')
  const close = async () => {
    await driver.close()
    await rm(dataDir, { recursive: true })
  }
  return { driver, dataDir, script, read, close }
}

const alive = (pid: number) => existsSync(`/proc/${pid}`)

driverConformance('process', async () => {
  const { driver, read, close } = await withDriver()
  return {
    driver,
    close,
    restartsByItself: false,
    crash: async (name) => void process.kill(Number(await read(name, 'pid')), 'SIGKILL'),
    marker: (volume) => read(volume, 'marker').catch(() => null),
  }
})

describe('a bot as a child process', () => {
  const spec = (env: Record<string, string> = {}): InstanceSpec => ({
    name: 'zaptria-one',
    labels: { tenant: 't', bot: 'b' },
    env: { HELLO: 'x', ...env },
    volume: 'zaptria-one',
    generation: 1,
    expose: 'none',
    limits: LIMITS,
  })
  const started = async (d: Awaited<ReturnType<typeof withDriver>>) => {
    await waitFor(async () => (await d.driver.logs('zaptria-one', 10)).length > 0, { what: 'its first line' })
    return { pid: Number(await d.read('zaptria-one', 'pid')), child: Number(await d.read('zaptria-one', 'child')) }
  }

  it('that does not hear SIGTERM is killed, with all that it started', async () => {
    const d = await withDriver(200)
    cleanups.push(d.close)
    await d.driver.apply(spec({ DEAF: '1', WITH_CHILD: '1' }))
    const { pid, child } = await started(d)
    expect((await d.driver.stats('zaptria-one'))?.processes).toBe(2)
    await d.driver.stop('zaptria-one')
    expect(alive(pid)).toBe(false)
    await waitFor(() => !alive(child), { what: 'its child to be gone' })
    expect(await d.driver.inspect('zaptria-one')).toMatchObject({ state: 'exited', detail: 'ended by SIGKILL' })
  })

  it('that is killed leaves nothing behind that could hold its profile', async () => {
    const d = await withDriver()
    cleanups.push(d.close)
    await d.driver.apply(spec({ WITH_CHILD: '1' }))
    const { pid, child } = await started(d)
    process.kill(pid, 'SIGKILL')
    await waitFor(() => !alive(child), { what: 'its child to be gone' })
  })

  it('gets its own environment and none of our secrets', async () => {
    process.env['ZAPTRIA_TEST_SECRET'] = 'x'
    cleanups.push(() => Promise.resolve(delete process.env['ZAPTRIA_TEST_SECRET']))
    const d = await withDriver()
    cleanups.push(d.close)
    await d.driver.apply(spec())
    await started(d)
    const [{ line } = { line: '' }] = await d.driver.logs('zaptria-one', 1)
    expect(line).toContain('"HELLO"')
    expect(line).toContain('"PATH"')
    expect(line).not.toContain('ZAPTRIA_TEST_SECRET')
  })

  it('ends when the control plane dies, however it dies', async () => {
    const d = await withDriver()
    cleanups.push(() => rm(d.dataDir, { recursive: true }))
    const parent = path.join(d.dataDir, 'parent.mjs')
    const driverUrl = new URL('./index.ts', import.meta.url).href
    await writeFile(
      parent,
      `import { createProcessDriver } from ${JSON.stringify(driverUrl)}
const driver = createProcessDriver({ dataDir: ${JSON.stringify(d.dataDir)}, command: process.execPath, args: [${JSON.stringify(d.script)}] })
await driver.apply(${JSON.stringify(spec())})`,
    )
    const control = spawn(process.execPath, [parent], { stdio: 'inherit' })
    const pid = await waitFor(async () => Number(await d.read('zaptria-one', 'pid')), { what: 'the bot to start' })
    control.kill('SIGKILL')
    await waitFor(() => !alive(pid), { what: 'the bot to end' })
    expect(await d.read('zaptria-one', 'marker')).toBe('x')
  })

  it('whose program does not exist has exited, and says why', async () => {
    const d = await withDriver()
    cleanups.push(d.close)
    const driver = createProcessDriver({ dataDir: d.dataDir, command: '/does/not/exist', args: [] })
    await driver.apply(spec())
    await waitFor(async () => (await driver.inspect('zaptria-one')).state === 'exited', { what: 'the failure to be seen' })
    expect((await driver.inspect('zaptria-one')).detail).toContain('could not be started')
    await driver.close()
  })

  it('is neither looked for nor started while the directory of its server is not there', async () => {
    const d = await withDriver()
    cleanups.push(d.close)
    const server = { id: randomUUID(), name: 'disco' }
    const home = path.join(d.dataDir, 'disk')
    await makeHome(home, server.id)
    const there = (): Promise<void> => homeIsThere(home, server)
    const driver = createProcessDriver({ dataDir: home, command: process.execPath, args: [d.script], there })
    cleanups.push(() => driver.close())
    await driver.apply(spec())
    const pid = await waitFor(async () => Number(await d.read('../disk/volumes/zaptria-one', 'pid').catch(() => 0)), { what: 'its pid' })
    const away = path.join(d.dataDir, 'away')
    await rename(home, away)
    const gone = `the directory ${home} of the server disco is not there`
    for (const ask of [
      () => driver.list(),
      () => driver.inspect('zaptria-one'),
      () => driver.capacity(),
      () => driver.apply({ ...spec(), generation: 2 }),
    ])
      await expect(ask()).rejects.toThrow(gone)
    expect(existsSync(home)).toBe(false)
    // Below a mount point without its disk there is a directory, and nothing in it.
    await mkdir(home)
    await expect(driver.list()).rejects.toThrow(gone)
    expect(alive(pid)).toBe(true)
    await driver.stopAll()
    expect(alive(pid)).toBe(false)
    await rm(home, { recursive: true })
    await rename(away, home)
    expect(await driver.list()).toMatchObject([{ name: 'zaptria-one', state: 'exited' }])
    await makeHome(home, server.id)
    await expect(makeHome(home, randomUUID())).rejects.toThrow('holds the bots of another server')
    await expect(makeHome(d.dataDir, randomUUID())).rejects.toThrow('holds other things')
    await expect(makeHome('disk', server.id)).rejects.toThrow('not an absolute directory')
  })

  it('cannot have a name that leads out of the data directory', async () => {
    const d = await withDriver()
    cleanups.push(d.close)
    await expect(d.driver.apply({ ...spec(), volume: '../elsewhere' })).rejects.toThrow('not a name')
  })
})
