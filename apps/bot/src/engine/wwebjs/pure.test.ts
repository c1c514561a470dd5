import { describe, expect, it } from 'vitest'
import { EngineError } from '../error.ts'
import { cameBefore } from './catch-up.ts'
import { launchFailure, pageFailure, stateAfter } from './failures.ts'
import { isAlive, processTree, readProcess } from './processes.ts'
import { RecentKeys } from './recent-keys.ts'
import type { PageMessage } from './reports.ts'
import { socketMeaning } from './socket.ts'

describe('failures', () => {
  it.each([
    ['net::ERR_CONNECTION_RESET at https://web.whatsapp.com/', 'page_unreachable'],
    ['the browser does not start: Running as root without --no-sandbox is not supported.', 'sandbox_unavailable'],
    ['the browser does not start: FATAL:zygote_host_impl_linux.cc No usable sandbox!', 'sandbox_unavailable'],
    ['mkdir: no space left on device', 'disk_full'],
    ['the browser does not start: (SIGSEGV)', 'browser_crashed'],
  ])('of a launch: %s', (message, reason) => {
    expect(launchFailure(new Error(message)).reason).toBe(reason)
  })

  it.each([
    ['auth timeout', 'page_timeout'],
    [new Error("Runtime.callFunctionOn timed out. Increase the 'protocolTimeout' setting"), 'page_timeout'],
    [new Error('Protocol error: Target closed'), 'browser_crashed'],
    [new Error('Requiring unknown module "WAWebConnModel"'), 'engine_incompatible'],
    [new EngineError('network_lost', 'as it says'), 'network_lost'],
  ])('of the page: %s', (error, reason) => {
    expect(pageFailure(error).reason).toBe(reason)
  })

  it('says what heals by itself and what needs hands', () => {
    expect(stateAfter('browser_crashed')).toBe('reconnecting')
    expect(stateAfter('engine_incompatible')).toBe('failed')
  })
})

describe('the socket’s states', () => {
  it.each([
    ['UNPAIRED', false, { means: 'unpaired' }],
    ['UNPAIRED', true, { means: 'ended', state: 'logged_out', reason: 'logout_by_phone' }],
    ['UNPAIRED_IDLE', false, { means: 'idle' }],
    ['CONFLICT', true, { means: 'ended', state: 'conflict', reason: 'opened_elsewhere' }],
    ['TOS_BLOCK', true, { means: 'ended', state: 'banned', reason: 'account_banned' }],
    ['DEPRECATED_VERSION', false, { means: 'ended', state: 'failed', reason: 'engine_incompatible' }],
    ['TIMEOUT', true, { means: 'lost' }],
    ['SOMETHING_NEW', true, { means: 'nothing' }],
  ])('%s (linked: %s)', (socket, linked, meaning) => {
    expect(socketMeaning(socket, linked)).toEqual(meaning)
  })
})

describe('which message came before', () => {
  const at = (timestamp: number, rowId: number | null = null, receivedMs: number | null = null) =>
    ({ timestamp, rowId, receivedMs }) as PageMessage
  it.each([
    ['an older second', at(1, 9, 9), at(2, 1, 1), true],
    ['a newer second', at(2, 1, 1), at(1, 9, 9), false],
    ['within one second by the page’s rows', at(1, 3, 9), at(1, 4, 1), true],
    ['then by when it received them', at(1, 3, 5), at(1, null, 4), false],
    ['then by when it received them, when the rows are the same', at(1, 3, 4), at(1, 3, 5), true],
    ['nobody knows', at(1, 3, null), at(1, null, 4), false],
  ])('%s', (_, one, other, expected) => {
    expect(cameBefore(one, other)).toBe(expected)
  })
})

describe('recent keys', () => {
  it('knows a key again until too many have followed', () => {
    const keys = new RecentKeys(2)
    expect([keys.add('a'), keys.add('a'), keys.add('b'), keys.add('c'), keys.has('a'), keys.has('c')]).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
    ])
    expect(keys.add('a')).toBe(true)
  })

  it('tells messages apart by chat, direction and sender', () => {
    const message = { chatId: 'c', fromMe: false, sender: 's', waId: 'k' }
    const keys = [message, { ...message, fromMe: true }, { ...message, sender: 't' }, { ...message, chatId: 'd' }].map((one) =>
      RecentKeys.of(one),
    )
    expect(new Set(keys).size).toBe(4)
  })
})

describe('processes', () => {
  it('reads its own', () => {
    const own = readProcess(process.pid)
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid })
    expect(own?.rssBytes).toBeGreaterThan(10 * 1024 * 1024)
    expect(own && isAlive(own)).toBe(true)
    expect(own && isAlive({ ...own, started: '1' })).toBe(false)
    expect(processTree(process.pid).map((one) => one.pid)).toContain(process.pid)
    expect(readProcess(2 ** 22 + 1)).toBeNull()
  })
})
