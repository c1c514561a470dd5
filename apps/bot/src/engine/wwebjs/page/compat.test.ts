import { describe, expect, it } from 'vitest'
import { waIdOf } from '../../wa-id.ts'
import { installCompat, type Compat, type CompatWindow } from './compat.ts'

const installed = (modules: Record<string, unknown> = {}): Compat => {
  const window: CompatWindow = {
    require: (name) => {
      if (!(name in modules)) throw new Error(`Requiring unknown module "${name}"`)
      return modules[name]
    },
  }
  installCompat(window, waIdOf)
  if (!window.zaptria?.compat) throw new Error('nothing was installed')
  return window.zaptria.compat
}

/** A page's id classes that keep the whole id under the given name. */
const pageWith = (field: string) => {
  class Wid {
    user: string
    server: string
    constructor(text: string) {
      ;[this.user = '', this.server = ''] = text.split('@')
      Object.assign(this, { [field]: text })
    }
  }
  class MsgKey {
    fromMe = true
    id: string
    constructor(chat: string, id: string) {
      this.id = id
      Object.assign(this, { [field]: `true_${chat}_${id}` })
    }
  }
  return { Wid, MsgKey, modules: { WAWebWidFactory: { createWid: (text: string) => new Wid(text) }, WAWebMsgKey: MsgKey } }
}

describe('ids by value', () => {
  const { wid, key } = installed()

  it.each([
    ['a phone', { _serialized: '5511988887777@c.us' }, '5511988887777@c.us'],
    ['a phone under another name', { $1: '5511988887777@c.us', user: '5511988887777', server: 'c.us' }, '5511988887777@c.us'],
    ['a LID under a name of tomorrow', { zz: 1, a: 'x', qq9: '123456789012345@lid' }, '123456789012345@lid'],
    ['a group', { $1: '120363041234567890@g.us' }, '120363041234567890@g.us'],
    ['an old group', { $1: '5511988887777-1400000000@g.us' }, '5511988887777-1400000000@g.us'],
    ['one with a device', { $1: '5511988887777:12@c.us' }, '5511988887777@c.us'],
    ['the other spelling of a phone', '5511988887777@s.whatsapp.net', '5511988887777@c.us'],
    ['a text', '5511988887777@c.us', '5511988887777@c.us'],
    ['parts alone', { user: '5511988887777', server: 'c.us' }, '5511988887777@c.us'],
    ['what prints itself', { toString: (): string => '5511988887777@c.us' }, '5511988887777@c.us'],
    ['no id', { a: 'b', n: 1 }, null],
    ['nothing', undefined, null],
  ])('reads %s', (_, value, expected) => {
    expect(wid(value)).toBe(expected)
  })

  const group = { fromMe: false, chat: '1203@g.us', id: '3EB0A', participant: '5511@c.us' }
  it.each([
    ['a key', { _serialized: 'true_5511@c.us_3EB0A' }, { fromMe: true, chat: '5511@c.us', id: '3EB0A', participant: null }],
    [
      'a key under another name',
      { $1: 'false_5511@c.us_3EB0A', id: '3EB0A' },
      { fromMe: false, chat: '5511@c.us', id: '3EB0A', participant: null },
    ],
    ['a group’s key', { q: 'false_1203@g.us_3EB0A_5511@c.us' }, group],
    ['a group’s key with a device', { q: 'false_1203@g.us_3EB0A_5511:3@c.us' }, group],
    ['a key to oneself', { q: 'true_5511@c.us_3EB0A_out' }, { fromMe: true, chat: '5511@c.us', id: '3EB0A', participant: null }],
    ['parts alone', { fromMe: false, remote: { $1: '1203@g.us' }, id: '3EB0A', participant: { $1: '5511@c.us' } }, group],
    [
      'an id that looks as if something followed it',
      { fromMe: false, remote: { $1: '5511@c.us' }, id: 'A_B@c.us', $1: 'false_5511@c.us_A_B@c.us' },
      { fromMe: false, chat: '5511@c.us', id: 'A_B@c.us', participant: null },
    ],
    [
      'who wrote, after such an id',
      { id: 'A_out', $1: 'false_1203@g.us_A_out_5511@c.us' },
      { fromMe: false, chat: '1203@g.us', id: 'A_out', participant: '5511@c.us' },
    ],
    [
      'who wrote, where the text does not say it',
      { fromMe: false, remote: '1203@g.us', id: 'A_1', participant: '5511@c.us', $1: 'false_1203@g.us_A_1' },
      { fromMe: false, chat: '1203@g.us', id: 'A_1', participant: '5511@c.us' },
    ],
    ['no key', { id: '3EB0A' }, null],
    ['a key without an id', { fromMe: false, remote: '5511@c.us', id: '' }, null],
    ['nothing', null, null],
  ])('reads %s', (_, value, expected) => {
    expect(key(value)).toEqual(expected)
  })

  it.each(['X730_1', 'AB CD', 'AB@CD', 'ABé', `AB'"CD`, '_', 'true_5511@c.us_A', 'L'.repeat(256)])('reads an id of any kind: %s', (id) => {
    const expected = { fromMe: false, chat: '5511@c.us', id, participant: null }
    const inGroup = { fromMe: false, chat: '1203@g.us', id, participant: '5511@c.us' }
    expect(key(`false_5511@c.us_${id}`)).toEqual(expected)
    expect(key({ $1: `false_5511@c.us_${id}`, id })).toEqual(expected)
    expect(key({ fromMe: false, remote: '5511@c.us', id })).toEqual(expected)
    expect(key(`false_1203@g.us_${id}_5511@c.us`)).toEqual(inGroup)
    expect(key({ fromMe: false, remote: '1203@g.us', id, participant: '5511@c.us' })).toEqual(inGroup)
  })

  it('names an id that is too long by its stand-in', () => {
    const id = 'L'.repeat(300)
    expect(key({ fromMe: false, remote: '5511@c.us', id })?.id).toBe(waIdOf(id))
    expect(key(`false_5511@c.us_${id}`)?.id).toBe(waIdOf(id))
  })

  it.each([
    ['_serialized', 'named'],
    ['$1', 'by_value'],
    ['later', 'by_value'],
  ] as const)('says how a page with %s names them', (field, expected) => {
    const { ids } = installed(pageWith(field).modules)
    expect(ids()).toBe(expected)
  })

  it('says that it cannot tell on a page without the factory, or with other values', () => {
    expect(installed().ids()).toBe('not_found')
    expect(installed({ WAWebWidFactory: { createWid: () => ({ x: 5 }) } }).ids()).toBe('not_found')
  })

  it('gives the page’s classes their old name back, and leaves those that have it', () => {
    const renamed = pageWith('$1')
    installed(renamed.modules).patch()
    expect((new renamed.Wid('5511@c.us') as { _serialized?: string })._serialized).toBe('5511@c.us')
    expect((new renamed.MsgKey('5511@c.us', '3EB0A') as { _serialized?: string })._serialized).toBe('true_5511@c.us_3EB0A')
    const old = pageWith('_serialized')
    installed(old.modules).patch()
    expect((new old.Wid('5511@c.us') as { _serialized?: string })._serialized).toBe('5511@c.us')
    expect(Object.keys(new old.Wid('5511@c.us'))).toContain('_serialized')
  })

  it('never touches what all objects share', () => {
    installed({ WAWebWidFactory: { createWid: (text: string) => ({ $1: text }) } }).patch()
    expect('_serialized' in {}).toBe(false)
  })

  it('does not turn in circles when a class prints itself by its old name', () => {
    class Wid {
      toString(): string {
        return String((this as { _serialized?: string })._serialized)
      }
    }
    installed({ WAWebWidFactory: { createWid: () => new Wid() } }).patch()
    expect((new Wid() as { _serialized?: string })._serialized).toBeUndefined()
  })
})
