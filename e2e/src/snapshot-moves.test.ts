import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { API_BASE } from '@zaptria/contract'
import type { Bot, BotQr, Conversation, Message, Page, Snapshot, StateHistoryEntry, Tenant } from '@zaptria/contract'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import { createTestDatabase, startControlPlane, waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const SHOP = '5511900000001'
const ANA = '5511988887777'
const NAME = 'Padaria da Praça'

type Said = { code: number; out: string; err: string }
type Installation = {
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Lines as they are typed in a shell, in the directory where files are handed over. */
  shell(script: string, input?: string): Promise<Said>
}

const stack = new AsyncDisposableStack()
let lab: Lab
let dir: string
let files: string
/** From there to there. */
let old: Installation
let young: Installation

/** A server of its own: another database, master key, vault and volumes. */
async function install(name: string): Promise<Installation> {
  const database = stack.use(await createTestDatabase())
  const key = `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
  const program = await startControlPlane({
    env: {
      DATABASE_URL: database.url,
      ZAPTRIA_DATA_DIR: join(dir, name),
      ZAPTRIA_MASTER_KEY: randomBytes(32).toString('base64'),
      ZAPTRIA_BOOTSTRAP_API_KEY: key,
      ZAPTRIA_ENGINE: 'simulated',
      ZAPTRIA_LAB_URL: lab.simulated,
    },
  })
  stack.defer(() => program.stop())
  const env = { PATH: `${join(dir, 'bin')}:${process.env['PATH']}`, HOME: dir, ZAPTRIA_URL: program.url, ZAPTRIA_API_KEY: key }
  return {
    async call<T>(method: string, path: string, body?: unknown) {
      const answer = await fetch(program.url + API_BASE + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as T
    },
    shell: (script, input = '') =>
      new Promise((done) => {
        const child = execFile('sh', ['-e', '-c', script], { cwd: files, env }, (error, out, err) =>
          done({ code: error === null ? 0 : Number(error.code), out, err }),
        )
        child.stdin!.end(input)
      }),
  }
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'zaptria-moves-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  files = join(dir, 'files')
  for (const each of [files, join(dir, 'bin')]) mkdirSync(each)
  const command = join(dir, 'bin/zaptria')
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'apps/cli/src/main.ts')}' "$@"\n`)
  chmodSync(command, 0o755)
  lab = await startLab({})
  stack.defer(() => lab.close())
  await lab.scenario.createAccount({ number: SHOP, name: 'Padaria' })
  await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
  old = await install('old')
  young = await install('young')
}, 240_000)
afterAll(() => stack.disposeAsync())

/** What the page says to type where the session is, and where it goes. */
function told(): [there: string, here: string] {
  const page = readFileSync(join(ROOT, 'docs/operations/snapshots.md'), 'utf8')
  const chapter = /^## Moving one customer to another installation\n([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
  const blocks = [...chapter.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  expect(blocks).toHaveLength(2)
  return blocks as [string, string]
}
const tenantOf = async (at: Installation): Promise<string> => (await at.call<Page<Tenant>>('GET', '/tenants')).items[0]!.id
const botOf = (at: Installation, tenant: string): Promise<Bot> => at.call('GET', `/tenants/${tenant}/bot`)
const until = (what: string, at: Installation, tenant: string, is: (bot: Bot) => boolean): Promise<unknown> =>
  waitFor(
    async () => {
      const bot = await botOf(at, tenant)
      if (is(bot)) return true
      throw new Error(`the bot is ${bot.state.state} (${bot.state.reason}), ${bot.instance.state}`)
    },
    { timeoutMs: 90_000, everyMs: 100, what },
  )
const isConnected = ({ alive, state }: Bot): boolean => alive && state.state === 'connected'
const fromAna = (body: string) => lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body })
const bodiesOf = async (at: Installation, tenant: string): Promise<string[]> => {
  const [conversation] = (await at.call<Page<Conversation>>('GET', `/tenants/${tenant}/conversations`)).items
  if (conversation === undefined) return []
  const { items } = await at.call<Page<Message>>('GET', `/tenants/${tenant}/conversations/${conversation.id}/messages`)
  return items.map(({ body }) => body).toReversed()
}
const devices = async () => (await lab.scenario.state()).accounts.find(({ number }) => number === SHOP)?.devices ?? []

describe('a customer who moves to another installation', () => {
  let from: string
  let to: string

  it('leaves the one as its page says', async () => {
    from = (await old.call<Tenant>('POST', '/tenants', { name: NAME, subscription: 'paid' })).id
    await waitFor(
      async () => {
        const { qr_code: qr } = await old.call<BotQr>('GET', `/tenants/${from}/bot/qr`)
        if (qr !== null) await lab.scenario.scan({ account: SHOP, qr })
        return qr !== null
      },
      { timeoutMs: 60_000, what: 'the QR' },
    )
    await until('the bot to be connected', old, from, isConnected)
    await fromAna('antes')
    await waitFor(async () => (await bodiesOf(old, from)).length === 1, { timeoutMs: 30_000, what: 'the message' })
    const { code, out, err } = await old.shell(told()[0])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^padaria\.zaptria has the session of \+5511900000001 as of \S+Z \(.+\)\.\npadaria\.key has its key\..*\nPadaria da Praça is stopped here\./m,
    )
    expect(statSync(join(files, 'padaria.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(files, 'padaria.zaptria')).mode & 0o777).toBe(0o600)
    const key = readFileSync(join(files, 'padaria.key'), 'utf8').trim()
    expect(out).not.toContain(key)
    expect(readFileSync(join(files, 'padaria.zaptria')).includes(key)).toBe(false)
    await until('the bot to have stopped', old, from, ({ instance }) => instance.state !== 'running')
    await fromAna('durante a mudança')
  }, 240_000)

  it('comes into the other as its page says, without a scan, and misses nothing', async () => {
    const since = new Date().toISOString()
    const { code, out, err } = await young.shell(told()[1])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Padaria da Praça has the session of \+5511900000001 as of \S+Z: snapshot \S{36}\. It is not opened yet\.$/m)
    expect(out).toContain('Its bot must be stopped where it comes from')
    expect(out).toContain('Then: zaptria bots restart "Padaria da Praça"')
    to = await tenantOf(young)
    await until('the moved session to be connected', young, to, isConnected)
    expect(await botOf(young, to)).toMatchObject({ number: SHOP })
    const { items } = await young.call<Page<StateHistoryEntry>>('GET', `/tenants/${to}/bot/states?limit=200`)
    const states = items.filter(({ at }) => at > since).toReversed()
    const restored = states.findIndex(({ reason }) => reason === 'restoring')
    expect(restored).toBeGreaterThanOrEqual(0)
    expect(states.slice(restored).map(({ state }) => state)).not.toContain('qr_ready')
    expect(await devices()).toHaveLength(1)

    await fromAna('depois')
    await waitFor(async () => (await bodiesOf(young, to)).includes('depois'), { timeoutMs: 60_000, what: 'what is written now' })
    expect(await bodiesOf(young, to)).toEqual(['durante a mudança', 'depois'])
    const snapshots = await young.call<Page<Snapshot>>('GET', `/tenants/${to}/bot/snapshots`)
    expect(snapshots.items).toMatchObject([{ cause: 'imported', restored_at: expect.any(String) as string }])
    // Nothing of it came to where it was.
    expect(await bodiesOf(old, from)).toEqual(['antes'])
  }, 240_000)

  it('is told what is wrong with a file or a key, and nothing happens', async () => {
    const count = async (): Promise<number> => (await young.call<Page<Snapshot>>('GET', `/tenants/${to}/bot/snapshots`)).items.length
    const before = await count()
    const file = readFileSync(join(files, 'padaria.zaptria'))
    writeFileSync(join(files, 'cut.zaptria'), file.subarray(0, -1))
    file[file.length >> 1]! ^= 1
    writeFileSync(join(files, 'flipped.zaptria'), file)
    const import_ = (what: string, input = '') => young.shell(`zaptria snapshots import "${NAME}" ${what}`, input)
    const hint = 'Is it the whole file, and the key the one of its export? Nothing was changed.\n'
    for (const [what, why] of [
      ['cut.zaptria', 'it was cut off'],
      ['flipped.zaptria', 'is not what was sealed, or the key is another'],
    ])
      expect(await import_(`${what} --key-file padaria.key`)).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(new RegExp(`^The file cannot be imported: .*${why}.*\\n.*${hint.slice(0, 20)}`)) as string,
      })
    const other = `ztk_${randomBytes(32).toString('base64url')}\n`
    expect(await import_('padaria.zaptria', other)).toMatchObject({ code: 1, err: expect.stringContaining(hint) as string })
    expect(await import_('padaria.zaptria', 'padaria\n')).toMatchObject({ code: 1, err: expect.stringContaining('not a key') as string })
    expect(await import_('none.zaptria --key-file padaria.key')).toMatchObject({
      code: 1,
      err: expect.stringContaining('none.zaptria cannot be read') as string,
    })
    expect(await import_('. --key-file padaria.key')).toMatchObject({ code: 1, err: expect.stringContaining('it is no file') as string })
    expect(await count()).toBe(before)
  }, 120_000)

  it('gets the key shown where it is not written, and no file over another', async () => {
    const export_ = (what: string) => old.shell(`zaptria snapshots export "${NAME}" ${what}`)
    const shown = await export_('--to again.zaptria')
    const key = /^Its key, shown this once: (ztk_\S+)$/m.exec(shown.out)?.[1]
    expect(await young.shell(`zaptria snapshots import "${NAME}" again.zaptria`, `${key}\n`)).toMatchObject({ code: 0, err: '' })
    expect(await export_('--to again.zaptria')).toMatchObject({ code: 1, err: expect.stringContaining('is there already') as string })
    expect(await export_('--to new.zaptria --key-to padaria.key')).toMatchObject({
      code: 1,
      err: expect.stringContaining('padaria.key cannot be written') as string,
    })
    expect(await export_('--to new.zaptria --key-to new.zaptria')).toMatchObject({ code: 2 })
    expect(await export_('')).toMatchObject({ code: 2, err: expect.stringContaining('--to FILE is needed') as string })
    expect(await export_('--to new.zaptria --json')).toMatchObject({
      code: 0,
      out: expect.stringContaining('"transfer_key": "ztk_') as string,
    })
  }, 120_000)
})
