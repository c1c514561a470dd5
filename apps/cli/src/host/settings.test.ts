import { hubNetwork, poolOfHub } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import type { Settings } from './settings.ts'
import { missing, readInstalled, setupCommand, toFile } from './settings.ts'

const USUAL: Settings = { backend: 'auto', pools: ['10.210.0.0/16'], listen: [{ host: '10.210.0.1', port: 8081 }], dns: 'found' }
const at = (text: string) => ({ host: text.split(':')[0] ?? '', port: Number(text.split(':')[1]) })

describe('what host setup was told', () => {
  it('is read as it was written', () => {
    const told: Settings = { backend: 'nft', pools: ['10.212.0.0/16'], listen: [at('10.212.0.1:9081')], dns: ['10.0.0.2'] }
    expect(readInstalled('# apply', toFile('1234abcd', told))).toEqual({ version: '1234abcd', ...told })
    expect(readInstalled('# apply', null)).toBe('older')
    expect(readInstalled(null, null)).toBeNull()
  })

  it.each<[string, Partial<Settings> | null, string[], string[], string]>([
    ['nothing yet', null, ['10.210.0.0/16'], ['10.210.0.1:8081'], ''],
    ['the demo', null, ['10.210.0.0/16'], ['10.210.0.1:8081', '10.210.0.1:8083'], ' --demo'],
    ['the demo, later', {}, ['10.210.0.0/16'], ['10.210.0.1:8081', '10.210.0.1:8083'], ' --demo'],
    ['another port', null, ['10.210.0.0/16'], ['10.210.0.1:9081'], ' --listen 10.210.0.1:9081'],
    ['another pool', null, ['10.212.0.0/16'], ['10.212.0.1:8081'], ' --pool 10.212.0.0/16'],
    ['one more pool', {}, ['10.212.0.0/16'], ['10.212.0.1:8081'], ' --pool 10.210.0.0/16 --pool 10.212.0.0/16'],
    ['a part of the pool', {}, ['10.210.64.0/20'], [], ''],
    ['a wider pool', {}, ['10.208.0.0/12'], [], ' --pool 10.208.0.0/12 --listen 10.210.0.1:8081'],
    ['what else it was told', { backend: 'nft', dns: ['10.0.0.2'] }, ['10.210.0.0/16'], [], ' --backend nft --allow-dns 10.0.0.2'],
  ])('and what is needed besides, for %s', (_, installed, pools, listen, words) => {
    const before = installed === null ? null : { version: 'v', ...USUAL, ...installed }
    expect(setupCommand(before, { pools, listen: listen.map(at) })).toBe(`zaptria host setup${words}`)
  })

  it('leaves out what it does not cover', () => {
    expect(missing(USUAL, { pools: ['10.210.0.0/20', '10.212.0.0/16'], listen: [at('10.210.0.1:8081'), at('10.210.0.1:8083')] })).toEqual({
      pools: ['10.212.0.0/16'],
      listen: [at('10.210.0.1:8083')],
    })
  })
})

describe('a hub’s name', () => {
  it.each([
    ['10.210.0.0/16', 'zaptria-hub'],
    ['10.212.0.0/20', 'zaptria-hub-10-212-0-0-20'],
  ])('tells the pool %s', (pool, name) => {
    expect(hubNetwork(pool)).toBe(name)
    expect(poolOfHub(name)).toBe(pool)
  })

  it.each(['bridge', 'zaptria-hub-', 'zaptria-hub-1-2-3-4', 'zaptria-hub-a-b-c-d-e', 'zaptria-bot-1'])('%s is no hub', (name) => {
    expect(poolOfHub(name)).toBeNull()
  })
})
