import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SnapshotManifest } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { proveSession, type SessionProof } from './prove.ts'
import { ANA, browsersOn, SHOP, withScene } from './testing.ts'

type Marks = SnapshotManifest['marks']

/** A copy of a linked session, and what proving it shows: as it is, or after `harm`. */
const withCopy = (
  body: (o: {
    marks: Marks
    prove: (o?: { marks?: Marks; number?: string; harm?: (userDataDir: string) => void }) => Promise<SessionProof>
  }) => Promise<void>,
): Promise<void> =>
  withScene(async (scene) => {
    const bot = await scene.pair({ localStorageMs: 8_000 })
    await scene.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi' })
    await bot.wait('message')
    // What the page wrote into its local storage at linking is on the disk then.
    await delay(9_000)
    const base = mkdtempSync(join(tmpdir(), 'zaptria-prove-'))
    try {
      const copy = join(base, 'copy')
      const { marks } = await bot.engine.copySession(copy, SHOP)
      await bot.engine.close()
      let nr = 0
      await body({
        marks,
        async prove(o = {}) {
          const [profileDir, scratchDir] = [join(base, `${++nr}`), join(base, `scratch ${nr}`)]
          cpSync(copy, profileDir, { recursive: true })
          o.harm?.(join(profileDir, 'session'))
          const manifest = { number: o.number ?? SHOP, marks: o.marks ?? marks }
          const { signal } = new AbortController()
          return proveSession({ profileDir, scratchDir, browser: { sandbox: false }, manifest, signal }).finally(() => {
            expect(browsersOn(join(profileDir, 'session'))).toEqual([])
          })
        },
      })
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  })

/** The files of the page's databases. */
const databaseFiles = (userDataDir: string, ends: string): string[] =>
  readdirSync(join(userDataDir, 'Default', 'IndexedDB'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ends))
    .map((entry) => join(entry.parentPath, entry.name))

describe('a copy of a session', () => {
  it('is proven in a browser that reaches nothing: its keys and its own id are what they were', () =>
    withCopy(async ({ marks, prove }) => {
      const places = new Set(marks.map(({ place }) => place))
      expect([...places]).toEqual(expect.arrayContaining(['lab/session', 'localStorage']))
      expect(marks.filter(({ own }) => own)).toHaveLength(1)
      // Nothing of it is in the clear.
      expect(JSON.stringify(marks)).not.toContain(SHOP)
      expect(await prove()).toEqual({ fault: null, browser_version: expect.stringContaining('Chrome/') })
    }))

  it('with other keys, or of another number, is none', () =>
    withCopy(async ({ marks, prove }) => {
      const other = marks.map((mark, nr) =>
        nr === marks.findIndex(({ place }) => place === 'lab/session') ? { ...mark, sha256: '0'.repeat(64) } : mark,
      )
      expect((await prove({ marks: other })).fault).toBe(`1 of ${marks.length} records are not what they were: lab/session`)
      expect((await prove({ number: '5511999999999' })).fault).toContain('localStorage')
    }))

  it('whose databases are gone, or torn, is none', () =>
    withCopy(async ({ prove }) => {
      const gone = (userDataDir: string) => rmSync(join(userDataDir, 'Default'), { recursive: true })
      expect((await prove({ harm: gone })).fault).toBe('the browser finds nothing in it')
      const torn = (userDataDir: string) => {
        for (const file of databaseFiles(userDataDir, '.log')) writeFileSync(file, readFileSync(file).subarray(0, 100))
      }
      expect((await prove({ harm: torn })).fault).not.toBeNull()
    }))
})
