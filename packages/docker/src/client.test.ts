import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { engineAddress } from './address.ts'
import { compareVersions } from './client.ts'

describe('an engine’s address', () => {
  it.each([
    ['unix:///var/run/docker.sock', { kind: 'socket', path: '/var/run/docker.sock' }],
    ['tcp://127.0.0.1:2375', { kind: 'tcp', host: '127.0.0.1', port: 2375, tls: undefined }],
    ['tcp://localhost', { kind: 'tcp', host: 'localhost', port: 2375, tls: undefined }],
    ['ssh://bots@203.0.113.5:2222', { kind: 'ssh', destination: 'bots@203.0.113.5', port: 2222, configFile: undefined }],
    ['ssh://bots-1', { kind: 'ssh', destination: 'bots-1', port: undefined, configFile: undefined }],
  ])('%s', (text, address) => {
    expect(engineAddress(text)).toEqual(address)
  })

  it.each([
    ['/var/run/docker.sock', 'not a URL'],
    ['unix://', 'no path'],
    ['http://127.0.0.1:2375', 'not spoken here'],
    ['tcp://203.0.113.5:2375', 'plain TCP beyond loopback'],
    ['ssh://root:secret@host', 'use a key'],
    // What ssh would take for an option.
    ['ssh://-oProxyCommand=x', 'no host'],
    ['ssh://-oProxyCommand=x@host', 'not a user'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => engineAddress(text)).toThrow(why)
  })

  it('takes its certificates from a folder, and names it when they are not there', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'zaptria-certs-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    expect(() => engineAddress('tcp://203.0.113.5', { certPath: dir })).toThrow('ca.pem')
    for (const file of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(path.join(dir, file), file)
    expect(engineAddress('tcp://203.0.113.5', { certPath: dir })).toMatchObject({ port: 2376, tls: { ca: Buffer.from('ca.pem') } })
  })
})

describe('versions', () => {
  it.each([
    ['1.41', '1.51', -1],
    ['1.9', '1.41', -1],
    ['1.44', '1.44', 0],
    ['2.0', '1.51', 1],
  ])('API %s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign)
  })
})
