import { randomUUID } from 'node:crypto'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'
import type { Driver, DriverEvent, InstanceSpec } from './port.ts'

/** What a driver needs to be tried: instances that print `hello <HELLO>`, end by themselves when told to, and leave `marker` on their volume. */
export type Harness = {
  driver: Driver
  /** Makes the running instance end by itself, as a crash does. */
  crash(name: string): Promise<void>
  /** The platform starts what crashed again by itself. */
  restartsByItself: boolean
  /** What the instance left on its volume, null when there is nothing. */
  marker(volume: string): Promise<string | null>
  close(): Promise<void>
}

/** The beginning of a program that can be told to prove: says what it was given, and which networks it has. */
export const FAKE_PROOF = `
const at = process.argv.indexOf('prove')
if (at !== -1) {
  const { readdirSync, readFileSync } = process.getBuiltinModule('node:fs')
  const dir = process.argv[at + 1]
  if (process.env.FAIL) { console.error('it was ' + process.env.FAIL); process.exit(3) }
  if (process.env.HANG) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  const files = Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(dir + '/' + name, 'utf8')]))
  console.log(JSON.stringify({ files, uid: process.getuid(), networks: Object.keys(process.getBuiltinModule('node:os').networkInterfaces()) }))
  process.exit(0)
}
`

/** What every driver promises, on the real platform. */
export function driverConformance(platform: string, make: () => Promise<Harness>): void {
  describe(`the ${platform} driver`, () => {
    let harness: Harness
    let driver: Driver
    let spec: InstanceSpec
    const inspect = () => driver.inspect(spec.name)
    const running = (generation = spec.generation) =>
      waitFor(
        async () => {
          const report = await inspect()
          return report.state === 'running' && report.generation === generation
        },
        { what: `${spec.name} to run in generation ${generation}` },
      )
    const said = (text: string) =>
      waitFor(async () => (await driver.logs(spec.name, 100)).some(({ line }) => line.includes(text)), { what: `"${text}" in the log` })

    beforeEach(async () => {
      harness = await make()
      driver = harness.driver
      const name = `zaptria-test-${randomUUID().slice(0, 8)}`
      spec = {
        name,
        labels: { tenant: randomUUID(), bot: randomUUID() },
        env: { HELLO: 'first' },
        volume: name,
        generation: 1,
        expose: 'none',
        limits: LIMITS,
      }
    })
    afterEach(() => harness.close())

    it('starts what it is told to, once, and finds it again by name and in the list', async () => {
      expect(await inspect()).toMatchObject({ state: 'absent', generation: null })
      await driver.apply(spec)
      await driver.apply(spec)
      await running()
      await said('hello first')
      expect(await driver.list()).toEqual([
        expect.objectContaining({ name: spec.name, labels: spec.labels, generation: 1, state: 'running' }),
      ])
      const starts = (await driver.logs(spec.name, 100)).filter(({ line }) => line.includes('hello'))
      expect(starts).toHaveLength(1)
    })

    it('replaces it by another generation, the old one gone first, on the same volume', async () => {
      await driver.apply(spec)
      await said('hello first')
      await driver.apply({ ...spec, generation: 2, env: { HELLO: 'second' } })
      await running(2)
      await said('hello second')
      expect(await harness.marker(spec.volume)).toBe('first,second')
    })

    it('says that it ended by itself, tells so, and it runs again', async () => {
      const events: DriverEvent[] = []
      const unsubscribe = driver.subscribe((event) => events.push(event))
      await driver.apply(spec)
      await said('hello first')
      const before = events.length
      await harness.crash(spec.name)
      if (harness.restartsByItself) await waitFor(async () => ((await inspect()).restarts ?? 0) > 0, { what: 'the restart to be seen' })
      else {
        await waitFor(async () => (await inspect()).state === 'exited', { what: 'the exit to be seen' })
        expect(await inspect()).toMatchObject({ generation: 1, detail: expect.stringMatching(/\S/) })
      }
      await waitFor(() => events.slice(before).some(({ name }) => name === spec.name), { what: 'an event for the exit' })
      await driver.apply(spec)
      await running()
      unsubscribe()
    })

    it('stops it, and it stays stopped, its volume kept', async () => {
      await driver.apply(spec)
      await said('hello first')
      await driver.stop(spec.name)
      expect((await inspect()).state).toBe('exited')
      await driver.stop(spec.name)
      expect((await inspect()).state).toBe('exited')
      expect(await harness.marker(spec.volume)).toBe('first')
    })

    it('removes it, and forgets it, its volume kept for the next one', async () => {
      await driver.apply(spec)
      await said('hello first')
      await driver.remove(spec.name)
      expect((await inspect()).state).toBe('absent')
      expect(await driver.list()).toEqual([])
      await driver.remove(spec.name)
      await driver.apply({ ...spec, generation: 3, env: { HELLO: 'third' } })
      await said('hello third')
      expect(await harness.marker(spec.volume)).toBe('first,third')
    })

    it('erases it with all volumes that it is told of, and nothing of another', async () => {
      const other = { ...spec, name: `${spec.name}-other`, volume: `${spec.volume}-other`, env: { HELLO: 'other' } }
      await driver.apply(other)
      await driver.apply({ ...spec, volume: `${spec.volume}-1` })
      await said('hello first')
      await driver.apply({ ...spec, generation: 2, env: { HELLO: 'second' } })
      await said('hello second')
      const volumes = [spec.volume, `${spec.volume}-1`, `${spec.volume}-2`]
      await driver.erase(spec.name, volumes)
      await driver.erase(spec.name, volumes)
      expect((await inspect()).state).toBe('absent')
      for (const volume of volumes) expect(await harness.marker(volume), volume).toBeNull()
      expect(await driver.logs(spec.name, 100)).toEqual([])
      await waitFor(async () => (await harness.marker(other.volume)) === 'other', { what: 'the other one’s marker' })
      expect((await driver.inspect(other.name)).state).toBe('running')
      await driver.erase(other.name, [other.volume])
    })

    it('does one thing at a time per instance, whatever comes together', async () => {
      const all = [1, 2, 3, 4].map((generation) => driver.apply({ ...spec, generation, env: { HELLO: `g${generation}` } }))
      await Promise.all([...all, driver.stop(spec.name), driver.apply({ ...spec, generation: 5, env: { HELLO: 'g5' } })])
      await running(5)
      await said('hello g5')
      expect(await driver.list()).toHaveLength(1)
    })

    it('publishes its listener when told to, and says where', async () => {
      expect(driver.exposes).toContain('none')
      if (!driver.exposes.includes('host')) return
      await driver.apply(spec)
      await running()
      expect((await inspect()).url).toBeUndefined()
      await driver.apply({ ...spec, generation: 2, expose: 'host' })
      await running(2)
      const { url } = await inspect()
      expect(url).toMatch(/^http:\/\/[^/]+:\d+$/)
      await waitFor(async () => (await fetch(url!).catch(() => null))?.ok === true, { what: 'an answer from its listener' })
    })

    it('knows its memory, processes and age while it runs', async () => {
      expect(await driver.stats(spec.name)).toBeNull()
      await driver.apply(spec)
      await said('hello first')
      const stats = await driver.stats(spec.name)
      expect(stats?.memoryBytes).toBeGreaterThan(1_000_000)
      expect(stats?.processes).toBeGreaterThanOrEqual(1)
      expect(stats?.uptimeSeconds).toBeGreaterThan(0)
      await driver.stop(spec.name)
      expect(await driver.stats(spec.name)).toBeNull()
    })

    it('knows how much memory there is, and how much of it more instances could take', async () => {
      await driver.apply(spec)
      await running()
      const { memoryBytes, memoryFreeBytes } = await driver.capacity()
      expect(memoryBytes).toBeGreaterThan(100_000_000)
      expect(memoryFreeBytes).toBeGreaterThan(0)
      // What one that runs takes is not free.
      expect(memoryFreeBytes).toBeLessThan(memoryBytes)
    })

    it('runs a proof over files in a place of its own, of which nothing stays, as often as it is asked', async () => {
      const bytes = async function* (...texts: string[]): AsyncGenerator<Uint8Array> {
        for (const text of texts) yield await Promise.resolve(Buffer.from(text))
      }
      const prove = (env: Record<string, string> = {}, signal = AbortSignal.timeout(60_000)): Promise<string> =>
        driver.prove({
          env,
          limits: LIMITS,
          signal,
          files: [
            { name: 'manifest.json', sizeBytes: 2, bytes: bytes('{}') },
            { name: 'archive', sizeBytes: 1_005, bytes: bytes('x'.repeat(1_000), 'y'.repeat(5)) },
          ],
        })
      const files = { 'manifest.json': '{}', archive: `${'x'.repeat(1_000)}yyyyy` }
      expect(JSON.parse(await prove())).toMatchObject({ files })
      await expect(prove({ FAIL: 'no good' })).rejects.toThrow('the proof ended with 3: it was no good')
      await expect(prove({ HANG: '1' }, AbortSignal.timeout(4_000))).rejects.toThrow()
      await expect(prove({}, AbortSignal.abort())).rejects.toThrow()
      expect(JSON.parse(await prove())).toMatchObject({ files })
      // It is no instance, and not in the way of one.
      expect(await driver.list()).toEqual([])
    })
  })
}
