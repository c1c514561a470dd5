import { describe, expect, it } from 'vitest'
import { memoryLog } from './testing/bot.ts'

describe('logger', () => {
  it('masks the numbers in jids, wherever they are', () => {
    const { log, text } = memoryLog()
    log.warn(
      { chat: '5511987654321@c.us', err: new Error('no chat 5511987654321:12@s.whatsapp.net or 77001122334455@lid') },
      'about 5511987654321@c.us',
    )
    expect(text()).not.toContain('5511987654321')
    expect(text()).not.toContain('77001122334455')
    expect(text()).toContain('5511*****4321@c.us')
    expect(JSON.parse(text())).toMatchObject({ level: 'warn' })
  })
})
