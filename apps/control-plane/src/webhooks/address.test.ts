import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardedLookup, literalOf, mayReach, parseAllowed } from './address.ts'

const none = parseAllowed('')

describe('an address that webhooks may go to', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
  ])('is %s: public', (address) => expect(mayReach(address, none)).toBe(true))

  it.each([
    ['this network', '0.0.0.0', '0.1.2.3'],
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
    ['shared by a carrier', '100.64.0.1', '100.127.255.255'],
    ['link-local, and the metadata of clouds', '169.254.0.1', '169.254.169.254', 'fe80::1', 'fd00:ec2::254'],
    ['a cloud’s own service', '168.63.129.16'],
    ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
    ['broadcast and reserved', '255.255.255.255', '240.0.0.1', '192.0.0.8', '198.18.0.1', '192.88.99.1'],
    ['for documents', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['unspecified', '::', '::2'],
    ['IPv4 mapped into IPv6', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:7f00:1', '::ffff:1.1.1.1'],
    ['IPv4 compatible', '::127.0.0.1', '::7f00:1'],
    ['translated', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::a00:1'],
    ['6to4 and Teredo', '2002:7f00:1::', '2002:a00:1::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['site-local and discard', 'fec0::1', '100::1'],
    ['on an interface of ours', 'fe80::1%eth0', '2606:4700::1%lo'],
    ['no address', '', 'localhost', '0x7f000001', '2130706433', '127.1', '010.0.0.1'],
  ])('is none that is %s', (_, ...addresses) => {
    for (const address of addresses) expect(mayReach(address, none), address).toBe(false)
  })

  it('is none of the private ranges, whatever its last digits', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    const ranges = ['10', '127', '0', '169.254', '192.168', '172.16', '172.31', '100.64', '100.127', '224', '255']
    fc.assert(
      fc.property(fc.constantFrom(...ranges), octet, octet, octet, (range, a, b, c) => {
        const rest = [a, b, c].slice(0, 4 - range.split('.').length)
        const address = [range, ...rest].join('.')
        expect(mayReach(address, none)).toBe(false)
        expect(mayReach(`::ffff:${address}`, none)).toBe(false)
      }),
    )
  })

  it('is one that the operator allows, and not its neighbour', () => {
    const allowed = parseAllowed('10.1.0.0/16, 127.0.0.1, fd00:1::/32')
    for (const address of ['10.1.2.3', '127.0.0.1', 'fd00:1::5', '::ffff:10.1.2.3']) expect(mayReach(address, allowed), address).toBe(true)
    for (const address of ['10.2.0.1', '127.0.0.2', 'fd00:2::5', '169.254.169.254']) expect(mayReach(address, allowed), address).toBe(false)
    expect(() => parseAllowed('10.0.0.0/8,intranet')).toThrow('intranet')
    expect(() => parseAllowed('10.0.0.0/40')).toThrow('10.0.0.0/40')
  })
})

describe('a name that is looked up', () => {
  const resolving = (...addresses: string[]) =>
    guardedLookup(none, (_name, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    )
  const found = (lookup: ReturnType<typeof resolving>, all: boolean) =>
    new Promise((resolve) => lookup('x.example', { all }, (error, address) => resolve(error ?? address)))

  it('keeps those of its addresses that are public', async () => {
    expect(await found(resolving('10.0.0.1', '1.1.1.1', '::1'), true)).toEqual([{ address: '1.1.1.1', family: 4 }])
    expect(await found(resolving('10.0.0.1', '1.1.1.1'), false)).toBe('1.1.1.1')
  })

  it('is refused when it has none', async () => {
    for (const all of [true, false]) expect(await found(resolving('10.0.0.1', 'fe80::1'), all)).toBeInstanceOf(Error)
  })

  it('is told from an address in its place', () => {
    expect(literalOf('[::1]')).toBe('::1')
    expect(literalOf(new URL('https://0x7f.1/').hostname)).toBe('127.0.0.1')
    expect(literalOf('localhost')).toBeNull()
  })
})
