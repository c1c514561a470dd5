import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rulesVersion } from '../../apps/cli/src/host/script.ts'
import type { Settings } from '../../apps/cli/src/host/settings.ts'
import { toFile } from '../../apps/cli/src/host/settings.ts'
import { judgeHostRules } from './host-rules.ts'

const POOL = '10.210.0.0/16'
const LISTENER = { host: '10.210.0.1', port: 8081 }
const LAB = { host: '10.210.0.1', port: 8083 }
const USUAL: Settings = { backend: 'auto', pools: [POOL], listen: [LISTENER], dns: 'found' }

/** A host with these rules; `null`: without any, `older`: without what they were told. */
function host(rules: Settings | 'older' | null, version = rulesVersion()): string {
  const etc = mkdtempSync(join(tmpdir(), 'zaptria-rules-'))
  onTestFinished(() => rmSync(etc, { recursive: true }))
  if (rules === null) return etc
  mkdirSync(join(etc, 'host-rules'))
  writeFileSync(join(etc, 'host-rules/apply.sh'), '# apply')
  if (rules !== 'older') writeFileSync(join(etc, 'host-rules/settings.json'), toFile(version, rules))
  return etc
}

describe('a start behind the host’s rules', () => {
  it('goes on when they open all that it needs', () => {
    expect(judgeHostRules(host(USUAL), '', { pools: [POOL], listen: [LISTENER] })).toBeNull()
    expect(judgeHostRules(host({ ...USUAL, listen: [LISTENER, LAB] }), '', { pools: [POOL], listen: [LISTENER, LAB] })).toBeNull()
  })

  it('stops with the line that opens the demo’s WhatsApp', () => {
    expect(judgeHostRules(host(USUAL), 'sudo ', { pools: [POOL], listen: [LISTENER, LAB] })).toEqual({
      stop: 'The host’s rules keep bots from 10.210.0.1:8083. Do, then start again:\n  sudo npm run zaptria -- host setup --demo',
    })
  })

  it('stops with the line that names its pool beside the others', () => {
    const listen = [{ host: '10.212.0.1', port: 8081 }]
    expect(judgeHostRules(host(USUAL), '', { pools: ['10.212.0.0/16'], listen })).toEqual({
      stop:
        'The host’s rules keep bots from 10.212.0.1:8081, and do not keep other machines from the bots’ range 10.212.0.0/16. ' +
        'Do, then start again:\n  npm run zaptria -- host setup --pool 10.210.0.0/16 --pool 10.212.0.0/16',
    })
  })

  it('stops at rules of an earlier version, whose words are not known', () => {
    expect(judgeHostRules(host('older'), 'sudo ', { pools: [POOL], listen: [LISTENER] })).toEqual({
      stop: 'The host’s rules are of an earlier version. Do, then start again:\n  sudo npm run zaptria -- host setup',
    })
  })

  it('goes on and says so without rules, and with those of another version that open what it needs', () => {
    const needs = { pools: [POOL], listen: [LISTENER] }
    expect(judgeHostRules(host(null), 'sudo ', needs)).toEqual({
      hint: expect.stringMatching(/can reach this machine.*sudo npm run zaptria -- host setup$/),
    })
    expect(judgeHostRules(host(USUAL, '0'), '', needs)).toEqual({
      hint: expect.stringMatching(/another version.*: npm run zaptria -- host setup$/),
    })
  })
})
