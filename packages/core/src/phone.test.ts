import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatIdOf, isGroup, isLid, isPerson, jidOfPhone, maskJid, maskPhone, normalizePhone, phoneOfJid } from './phone.ts'

describe('a phone number', () => {
  it.each([
    ['5511987654321', '5511987654321'],
    ['+55 (11) 98765-4321', '5511987654321'],
    ['0055 11 98765-4321', '5511987654321'],
    ['+55 11 8765-4321', '551187654321'], // without the ninth digit, as typed
    ['  +351 912 345 678 ', '351912345678'],
    ['+1.415.555.2671', '14155552671'],
    ['+55 11 98765‑4321', '5511987654321'], // a non-breaking hyphen, as pasted from web pages
    ['011 98765-4321', null], // a trunk prefix: no country code
    ['1234567', null],
    ['1234567890123456', null],
    ['5511+987654321', null],
    ['oi', null],
    ['', null],
    ['55 11 abc', null],
  ])('%j is read as %j', (text, expected) => {
    expect(normalizePhone(text)).toBe(expected)
  })

  it('once read, reads the same again', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const phone = normalizePhone(text)
        if (phone !== null) expect(normalizePhone(phone)).toBe(phone)
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{7,14}$/), (phone) => {
        expect(normalizePhone(`+${phone}`)).toBe(phone)
      }),
    )
  })

  it.each([
    ['5511987654321', '5511*****4321'],
    ['551187654321', '5511****4321'],
    ['12345', '*****'],
    ['', ''],
  ])('%j is logged as %j', (phone, expected) => {
    expect(maskPhone(phone)).toBe(expected)
  })
})

describe('a JID', () => {
  it.each([
    ['5511987654321@c.us', '5511987654321'],
    ['5511987654321:12@s.whatsapp.net', '5511987654321'],
    ['123456789012345@lid', null],
    ['120363000000000000@g.us', null],
    ['status@broadcast', null],
  ])('%s has the phone %j', (jid, phone) => {
    expect(phoneOfJid(jid)).toBe(phone)
  })

  it('tells people from groups and the rest', () => {
    expect([jidOfPhone('5511987654321'), '123456789012345@lid'].every(isPerson)).toBe(true)
    expect(['120363000000000000@g.us', 'status@broadcast', '1@newsletter'].some(isPerson)).toBe(false)
    expect(isLid('1@lid')).toBe(true)
    expect(isGroup('1@g.us')).toBe(true)
  })

  it.each([
    ['5511987654321@c.us', '5511*****4321@c.us'],
    ['123456789012345@lid', '1234*******2345@lid'],
    ['status@broadcast', '******@broadcast'],
    ['5511987654321', '5511*****4321'],
  ])('%s is logged as %s', (jid, expected) => {
    expect(maskJid(jid)).toBe(expected)
  })
})

describe('whom a message goes to', () => {
  it.each([
    ['+55 11 98765-4321', '5511987654321@c.us'],
    ['5511987654321@c.us', '5511987654321@c.us'],
    ['5511987654321@s.whatsapp.net', '5511987654321@c.us'],
    ['123456789012345@lid', '123456789012345@lid'],
    ['120363000000000000@g.us', '120363000000000000@g.us'],
    ['5511987654321-1400000000@g.us', '5511987654321-1400000000@g.us'],
    ['status@broadcast', null],
    ['x@c.us', null],
    ['99@c.us', null],
    ['', null],
  ])('%j goes to %j', (to, expected) => {
    expect(chatIdOf(to)).toBe(expected)
  })
})
