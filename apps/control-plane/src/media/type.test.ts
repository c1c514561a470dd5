import { describe, expect, it } from 'vitest'
import { disposition, rangeOf } from './serve.ts'
import { isShown, judgeType, judgeUpload, sendableAs, UNKNOWN_TYPE } from './type.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const PNG = Buffer.concat([
  bytes('\x89PNG\r\n\x1a\n'),
  Buffer.from('0000000d49484452000000010000000108060000001f15c489', 'hex'),
  bytes('\0\0\0\0IDAT'),
])
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
const OGG = bytes('OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01')
const MP4 = bytes('\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41')
const PDF = bytes('%PDF-1.7\n')
const ZIP = Buffer.from('504b0304140000000800000000000000000000000000000000000000', 'hex')
const HTML = bytes('<!DOCTYPE html><script>alert(1)</script>')
const SVG = bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
const EXE = bytes('MZ\x90\0\x03\0\0\0')

describe('the type of a file', () => {
  it.each([
    ['a picture', 'image', 'image/jpeg', JPEG, 'image/jpeg', false],
    ['a picture of another format than was said', 'image', 'image/jpeg', PNG, 'image/png', false],
    ['a voice message', 'audio', 'audio/ogg; codecs=opus', OGG, 'audio/ogg', false],
    ['a sound in a film’s container', 'audio', 'audio/mp4', MP4, 'audio/mp4', false],
    ['a film', 'video', 'video/mp4', MP4, 'video/mp4', false],
    ['a document', 'document', 'application/pdf', PDF, 'application/pdf', false],
    [
      'a table of Office',
      'document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      ZIP,
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      false,
    ],
    ['plain text', 'document', 'text/csv', bytes('a;b\n1;2\n'), 'text/csv', false],
    ['a document of which nothing is said', 'document', '', PDF, 'application/pdf', false],
    ['a page as a picture', 'image', 'image/png', HTML, UNKNOWN_TYPE, true],
    ['a program as a picture', 'image', 'image/png', EXE, UNKNOWN_TYPE, true],
    ['a drawing as a picture', 'image', 'image/svg+xml', SVG, UNKNOWN_TYPE, true],
    ['a film as a picture', 'image', 'image/png', MP4, UNKNOWN_TYPE, true],
    ['a program as a document', 'document', 'application/pdf', EXE, UNKNOWN_TYPE, true],
    ['text as a PDF', 'document', 'application/pdf', bytes('hello'), UNKNOWN_TYPE, true],
    ['a page, which is a document like any other but never called one', 'document', 'text/html', HTML, UNKNOWN_TYPE, false],
    ['a drawing as a document', 'document', 'image/svg+xml', SVG, UNKNOWN_TYPE, false],
    ['nothing at all', 'image', 'image/png', bytes(''), UNKNOWN_TYPE, true],
  ] as const)('of %s', async (_, kind, claimed, head, mimetype, mismatch) => {
    expect(await judgeType(kind, claimed, head)).toEqual({ mimetype, mismatch })
  })

  it.each([UNKNOWN_TYPE, 'text/html', 'image/svg+xml', 'application/pdf', 'text/plain', 'application/xhtml+xml', ''])(
    'is not shown in a page when it is "%s"',
    (type) => expect(isShown(type)).toBe(false),
  )

  it('decides as what a file that was uploaded can be sent', async () => {
    expect(await judgeUpload('image/png', PNG)).toEqual({ mimetype: 'image/png', mismatch: false, kind: 'image' })
    expect(await judgeUpload('application/pdf', PDF)).toMatchObject({ kind: 'document' })
    expect(await judgeUpload('image/svg+xml', SVG)).toEqual({ mimetype: UNKNOWN_TYPE, mismatch: false, kind: 'document' })
    expect(await judgeUpload('image/png', EXE)).toMatchObject({ mismatch: true })
    expect([sendableAs('image', 'image/png'), sendableAs('document', 'image/png'), sendableAs('sticker', 'image/webp')]).toEqual([
      true,
      true,
      true,
    ])
    expect([sendableAs('video', 'image/png'), sendableAs('sticker', 'image/png'), sendableAs('image', UNKNOWN_TYPE)]).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('a file’s way to a browser', () => {
  it.each([
    [undefined, null],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['bytes=0-1000', { start: 0, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-5', null],
    ['bytes=-', null],
    ['bytes=0-1,5-6', null],
    ['lines=1-2', null],
  ])('reads the range %s', (header, range) => expect(rangeOf(header, 100)).toEqual(range))

  it('carries any name', () => {
    expect(disposition('inline', null)).toBe('inline')
    expect(disposition('attachment', 'nota "fiscal" nº 5.pdf')).toBe(
      `attachment; filename="nota _fiscal_ n_ 5.pdf"; filename*=UTF-8''nota%20%22fiscal%22%20n%C2%BA%205.pdf`,
    )
    expect(disposition('attachment', 'a\r\nSet-Cookie: x=1\ud800')).not.toMatch(/[\r\n]/)
  })
})
