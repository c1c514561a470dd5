import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDir } from '../testing/bot.ts'
import { formerDirOf, prepareProfile, profileDirOf } from './profile.ts'

const hold = (dir: string, keys: string): void => {
  mkdirSync(dir)
  writeFileSync(join(dir, 'keys'), keys)
}

describe('the directory of a session', () => {
  it('is the one before the restore, when the bot died before the restored one was in its place', async () => {
    await using dir = await tempDir()
    hold(formerDirOf(dir.path), 'before')
    await prepareProfile(dir.path)
    expect(readFileSync(join(profileDirOf(dir.path), 'keys'), 'utf8')).toBe('before')
    expect(existsSync(formerDirOf(dir.path))).toBe(false)
  })

  it('stays what it is beside the one before the restore', async () => {
    await using dir = await tempDir()
    hold(formerDirOf(dir.path), 'before')
    hold(profileDirOf(dir.path), 'restored')
    await prepareProfile(dir.path)
    expect(readFileSync(join(profileDirOf(dir.path), 'keys'), 'utf8')).toBe('restored')
    expect(existsSync(formerDirOf(dir.path))).toBe(true)
  })
})
