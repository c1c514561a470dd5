import { createTestDatabase } from '@zaptria/lab/testing'
import { expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { fixture } from '../testing/fixture.ts'
import { specOf } from './spec.ts'

it('a bot that was moved runs on another volume, and says so; one that never was is as it was before there were several servers', async () => {
  await using database = await createTestDatabase()
  const f = await fixture(database.url)
  try {
    const t = await f.makeTenant()
    const bot = await f.db.selectFrom('bots').selectAll().where('id', '=', t.bot.id).executeTakeFirstOrThrow()
    const config = readConfig({ DATABASE_URL: database.url })
    const at = (moves: number) => specOf({ ...bot, moves }, 'token', 'ws://127.0.0.1:1', config)
    expect(at(0).volume).toBe(bot.container_name)
    expect(at(0).env).not.toHaveProperty('ZAPTRIA_PLACE')
    expect(at(2).volume).toBe(`${bot.container_name}-2`)
    expect(at(2).env['ZAPTRIA_PLACE']).toBe('2')
    expect(at(2).name).toBe(at(0).name)
  } finally {
    await f.close()
  }
})
