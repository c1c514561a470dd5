import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** What a program says to these words, without the launcher, which may install and build first. */
function say(file: string, ...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, file), ...argv], { cwd: ROOT, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe.each([
  ['bench', 'bench/src/main.ts'],
  ['image', 'scripts/image.ts'],
  ['screenshots', 'apps/dashboard/src/testing/screenshots.ts'],
  ['soak', 'e2e/src/faults/main.ts'],
  ['start', 'scripts/up.ts'],
])('npm run %s', (name, file) => {
  it.each(['--help', '-h'])('tells its usage with %s', (word) => {
    expect(say(file, word)).toEqual({ status: 0, stdout: expect.stringMatching(new RegExp(`npm (run )?${name}`)), stderr: '' })
  })

  it('names a word that it does not know, and tells its usage', () => {
    const { status, stdout, stderr } = say(file, '--bogus')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^Unknown option '--bogus'\n\nnpm /)
    expect(stderr).not.toContain('    at ')
  })
})

describe('npm run bench and image', () => {
  it.each([
    ['bench/src/main.ts', 'dance', 'There is no bench "dance"'],
    ['scripts/image.ts', 'cake', 'There is no image "cake"'],
  ])('%s %s', (file, word, answer) => {
    const { status, stderr } = say(file, word)
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(answer) })
  })
})
