import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hubNetwork, LINK_PATH, type Page, type Snapshot } from '@zaptria/contract'
import { startLab, type Lab } from '@zaptria/lab'
import { docker, sweepDocker, waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareDocker } from '../../scripts/up/docker.ts'
import { Api } from './api.ts'
import { makeElsewhere } from './compose/page.ts'
import { composeMissing, makeServer, trustCaddy, type Server } from './compose/server.ts'
import { dockerServer } from './docker.ts'
import { connected, pair } from './shop.ts'

const POOL = '10.214.0.0/16'
const missing = await composeMissing()

describe.skipIf(missing !== null)(`a server of deploy/compose.yaml${missing === null ? '' : ` (${missing})`}`, () => {
  let server: Server
  let lab: Lab
  let api: Api
  let url: string
  let tenant: string
  let bot: string
  let serverId: string | undefined
  const account = '5511900000001'

  beforeAll(async () => {
    // Its own image is built later: one that might be pulled is not looked for now.
    const { address: hub } = (await prepareDocker({ ...process.env, ZAPTRIA_BOTS_POOL: POOL, ZAPTRIA_BOT_IMAGE: 'localhost/later:1' }))!
    lab = await startLab({ host: hub })
    server = await makeServer({
      ZAPTRIA_BOTS_POOL: POOL,
      ZAPTRIA_BOTS_HOST: hub,
      ZAPTRIA_LAB: '1',
      ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs),
    })
  }, 900_000)

  afterAll(async () => {
    await lab?.close()
    await server?.remove()
    if (serverId !== undefined) await sweepDocker(serverId)
    await docker('network', 'rm', hubNetwork(POOL)).catch(() => '')
  }, 120_000)

  const setting = (name: string): string =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(join(server.dir, '.env'), 'utf8'))?.[1] ?? ''
  const signInLink = (output: string): string => /^Sign in: +(https:\S+)$/m.exec(output)?.[1] ?? ''
  const imageOf = (container: string): Promise<string> => docker('inspect', container, '--format', '{{.Image}}')
  const qr = (): Promise<string> =>
    waitFor(async () => (await api.qr(tenant)).qr_code, { timeoutMs: 90_000, everyMs: 200, what: 'a QR in the API' })

  it('is up by one command, which makes its secrets and gives the address and a link', async () => {
    const said = await server.zaptria('up', '--domain', 'localhost')
    await trustCaddy(await server.container('caddy'))
    url = setting('ZAPTRIA_PUBLIC_URL')
    expect(said).toContain(`Zaptria is up:     ${url}`)
    expect(said).toContain('Keep a copy of')
    expect(statSync(join(server.dir, '.env')).mode & 0o777).toBe(0o600)
    for (const secret of ['ZAPTRIA_MASTER_KEY', 'POSTGRES_PASSWORD']) expect(said).not.toContain(setting(secret))
    api = await Api.signIn(signInLink(said))
    serverId = await dockerServer(api)
  }, 120_000)

  it('changes nothing when it is up already', async () => {
    const before = readFileSync(join(server.dir, '.env'), 'utf8')
    const ids = (): Promise<string> => docker('ps', '-q', '--filter', `label=com.docker.compose.project=${server.project}`)
    const [running, said] = [await ids(), await server.zaptria('up')]
    expect(readFileSync(join(server.dir, '.env'), 'utf8')).toBe(before)
    expect(await ids()).toBe(running)
    expect(said).not.toContain('Keep a copy of')
  }, 60_000)

  it('shows the outside what is for people, and nothing else', async () => {
    const answer = await fetch(`${url}/`)
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=31536000')
    expect(answer.headers.get('content-encoding')).toMatch(/zstd|gzip/)
    for (const path of ['/metrics', '//metrics', '/%6detrics', '/metrics/']) {
      const { status, headers } = await fetch(url + path, { redirect: 'manual' })
      // The dashboard's page for an unknown address is as good as none.
      expect([path, status === 200 && headers.get('content-type')?.includes('html') !== true]).toEqual([path, false])
    }
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    const plain = await fetch(`http://localhost:${setting('HTTP_PORT')}/`, { redirect: 'manual' })
    expect([plain.status, plain.headers.get('location')]).toEqual([308, 'https://localhost/'])
    expect((await fetch(`http://127.0.0.1:${setting('ZAPTRIA_PORT')}/metrics`)).status).toBe(200)
  })

  it('passes the link and live updates through, at once', async () => {
    const socket = new WebSocket(`${url.replace('https', 'wss')}${LINK_PATH}`)
    const opened = await new Promise<boolean>((done) => {
      socket.addEventListener('open', () => done(true))
      socket.addEventListener('error', () => done(false))
    })
    socket.close()
    expect(opened).toBe(true)

    const ending = new AbortController()
    const heard = await api.live(ending.signal)
    tenant = (await api.call<{ id: string }>('POST', '/tenants', { name: 'Padaria da Praça', subscription: 'paid' })).id
    await waitFor(() => heard().includes(tenant), { timeoutMs: 5_000, everyMs: 50, what: 'a live hint about the new tenant' })
    ending.abort()
  })

  it('keeps the database from all but its socket, and gives nothing rights that it does not need', async () => {
    const inspect = async (service: string): Promise<{ HostConfig: Record<string, unknown>; Config: { User: string } }> =>
      JSON.parse(await docker('inspect', await server.container(service)))[0]
    for (const service of ['postgres', 'control-plane', 'caddy'])
      expect((await inspect(service)).HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
      })
    expect((await inspect('postgres')).HostConfig).toMatchObject({ NetworkMode: 'none' })
    expect((await inspect('control-plane')).Config.User).toBe('10000:10000')
    const outcome = await docker(
      'exec',
      '-u',
      'postgres',
      await server.container('postgres'),
      'psql',
      '-w',
      '-U',
      'zaptria',
      'zaptria',
      '-c',
      '',
    ).catch(String)
    expect(outcome).toContain('no password supplied')
    expect(await server.zaptria('psql', '-Atc', 'select name from tenants')).toContain('Padaria da Praça')
  })

  it('runs a paid tenant’s bot beside itself, to its QR and on', async () => {
    await lab.scenario.createAccount({ number: account, name: 'Padaria da Praça' })
    await qr()
    await pair({ api, lab: lab.scenario, tenant, account, contact: '' })
    bot = (await api.bot(tenant)).container_name
    expect(await docker('inspect', bot, '--format', '{{.State.Status}} {{.HostConfig.NetworkMode}}')).toBe(`running ${bot}`)
    expect(await server.zaptria('status')).toContain(bot)
  }, 150_000)

  const backups = async (): Promise<string[]> => (await server.zaptria('backups')).match(/^\d{8}T\d{6}Z-[0-9a-f]{8}(?= )/gm) ?? []

  it('takes a newer version by one command, with a backup, and keeps data and sessions', async () => {
    const before = { bot: await imageOf(bot), controlPlane: await imageOf(await server.container('control-plane')) }
    await server.release('2')
    const said = await server.zaptria('upgrade')
    const [backup] = await backups()
    expect(said).toContain(`./zaptria restore ${backup}`)
    expect(await imageOf(await server.container('control-plane'))).not.toBe(before.controlPlane)
    await waitFor(async () => (await imageOf(bot)) !== before.bot, { timeoutMs: 60_000, everyMs: 500, what: 'the bot in its new version' })
    // Cookies of before, and no second scan.
    await connected({ api, tenant }, 90_000)

    await server.zaptria('rollback')
    expect(await imageOf(await server.container('control-plane'))).toBe(before.controlPlane)
    await waitFor(async () => (await imageOf(bot)) === before.bot, { timeoutMs: 60_000, everyMs: 500, what: 'the bot in its old version' })
    await connected({ api, tenant }, 90_000)
  }, 300_000)

  it.each(['sealed', 'in a file'])(
    'puts the database back to a backup, %s',
    async (kind) => {
      const file = join(server.dir, 'before.dump')
      await server.zaptria('backup', ...(kind === 'sealed' ? [] : [file]))
      const before = await backups()
      const epoch = async (): Promise<number> => Number(await server.zaptria('psql', '-Atc', 'select max(epoch) from bots'))
      const given = await epoch()
      await api.call('POST', '/tenants', { name: 'Depois da cópia' })
      await server.zaptria('restore', kind === 'sealed' ? 'latest' : file)
      expect((await api.tenants()).items.map(({ name }) => name)).toEqual(['Padaria da Praça'])
      // What was there went into a backup first.
      expect(await backups()).toHaveLength(before.length + 1)
      await connected({ api, tenant })
      // None is given twice.
      expect(await epoch()).toBeGreaterThanOrEqual(given + 1_000_000)
    },
    180_000,
  )

  it('goes down without its bots, and finds them again', async () => {
    const id = await docker('inspect', bot, '--format', '{{.Id}}')
    expect(await server.zaptria('down')).toContain('Running bots: 1')
    expect(await server.container('control-plane')).toBe('')
    expect(await docker('inspect', bot, '--format', '{{.Id}} {{.State.Status}}')).toBe(`${id} running`)
    // New keys beside the old data would lock it for ever.
    const file = join(server.dir, '.env')
    const settings = readFileSync(file, 'utf8')
    writeFileSync(file, settings.replace(/^ZAPTRIA_MASTER_KEY=.*\n/m, ''))
    await expect(server.zaptria('up')).rejects.toThrow('whose keys are not in .env')
    writeFileSync(file, settings)
    await server.zaptria('up')
    // It asks less and less often while nobody answers.
    await connected({ api, tenant }, 120_000)
    expect(await docker('inspect', bot, '--format', '{{.Id}}')).toBe(id)
  }, 240_000)

  describe('something is lost, and docs/operations/disaster-recovery.md is followed word for word', () => {
    const elsewhere = makeElsewhere()
    const ca = join(elsewhere.dir, 'authority.crt')
    let env: Record<string, string>
    afterAll(() => elsewhere.remove())

    const follow = (heading: string): Promise<string> => elsewhere.follow('operations/disaster-recovery.md', heading, server.dir, env)
    const trust = async (): Promise<void> => {
      const caddy = await server.container('caddy')
      writeFileSync(ca, await docker('exec', caddy, 'cat', '/data/caddy/pki/authorities/local/root.crt'))
      await trustCaddy(caddy)
    }
    const snapshots = async (): Promise<Snapshot[]> => (await api.call<Page<Snapshot>>('GET', `/tenants/${tenant}/bot/snapshots`)).items
    /** The states since a moment, the newest first. */
    const statesSince = async (at: number): Promise<string[]> =>
      (await api.states(tenant)).items.filter((each) => Date.parse(each.at) > at).map(({ state }) => state)

    beforeAll(async () => {
      await trust()
      const { key } = await api.call<{ key: string }>('POST', '/api-keys', { name: 'Disaster' })
      env = { API: `${url}/api/v1`, ZAPTRIA_API_KEY: key, TENANT: tenant, BOT: bot, CURL_CA_BUNDLE: ca }
      const { id } = await api.call<Snapshot>('POST', `/tenants/${tenant}/bot/snapshots`)
      await waitFor(async () => (await snapshots()).some((each) => each.id === id && each.state === 'stored'), {
        timeoutMs: 60_000,
        everyMs: 200,
        what: 'a snapshot',
      })
    }, 120_000)

    it('what has to be elsewhere is there, sealed', async () => {
      await follow('Before: what has to be elsewhere')
      expect(readFileSync(join(elsewhere.dir, 'zaptria.env'), 'utf8')).toContain('ZAPTRIA_MASTER_KEY=')
      const vault = readFileSync(join(elsewhere.dir, 'vault.tar'))
      expect(vault.includes((await backups())[0]!)).toBe(true)
      for (const secret of ['Padaria da Praça', setting('ZAPTRIA_MASTER_KEY')]) expect(vault.includes(secret), secret).toBe(false)
    }, 60_000)

    it('a bot’s container: another one has the session', async () => {
      const id = await docker('inspect', bot, '--format', '{{.Id}}')
      await follow("A bot's container")
      await waitFor(async () => (await docker('inspect', bot, '--format', '{{.Id}}').catch(() => id)) !== id, {
        timeoutMs: 30_000,
        everyMs: 200,
        what: 'another container',
      })
      await connected({ api, tenant }, 90_000)
    }, 150_000)

    it('a bot’s volume: its session comes from the snapshot', async () => {
      const began = Date.now()
      await follow("A bot's volume")
      await waitFor(async () => (await snapshots()).some(({ restored_at }) => restored_at !== null), {
        timeoutMs: 90_000,
        everyMs: 200,
        what: 'the snapshot to be used',
      })
      await connected({ api, tenant }, 90_000)
      expect(await statesSince(began)).not.toContain('qr_ready')
    }, 200_000)

    it('the server: all of it is back on a new one, and nobody scans', async () => {
      const began = Date.now()
      await server.loseEverything()
      for (const noun of ['container', 'volume'] as const) await docker(noun, 'rm', '--force', bot)
      await follow('The server')
      await trust()
      expect((await api.tenants()).items.map(({ name }) => name)).toEqual(['Padaria da Praça'])
      await connected({ api, tenant }, 120_000)
      expect(await statesSince(began)).not.toContain('qr_ready')
    }, 300_000)

    it('a session: the customer gets a link, and scans', async () => {
      await lab.scenario.unlink({ account })
      await qr()
      const { url: link } = JSON.parse(await follow('A session')) as { url: string }
      expect(link).toMatch(new RegExp(`^${url}/`))
      await pair({ api, lab: lab.scenario, tenant, account, contact: '' })
    }, 150_000)
  })
})
