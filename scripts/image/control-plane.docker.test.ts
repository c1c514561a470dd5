import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { createTestDatabase } from '@zaptria/lab/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../packages/lab/src/testing/wait-for.ts'
import { run } from './docker.ts'
import { built, container, inside, noDocker } from './testing.ts'

/** Measured 198.2 MB, and a tenth. */
const MAX_BYTES = 218e6
const BUILD_MS = 900_000
const IMAGE = 'zaptria/control-plane:test'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

describe.skipIf(noDocker)(`the control plane’s image${noDocker}`, () => {
  let image: Awaited<ReturnType<typeof built>>
  beforeAll(async () => {
    image = await built('control-plane', { tag: 'test' })
  }, BUILD_MS)

  it(
    'starts with a database and a master key alone, without rights, and serves the dashboard and the API’s pages',
    { timeout: 120_000 },
    async () => {
      await using database = await createTestDatabase()
      const [port, bots] = [await freePort(), await freePort()]
      const env = {
        DATABASE_URL: database.url,
        ZAPTRIA_MASTER_KEY: randomBytes(32).toString('base64'),
        PORT: port,
        ZAPTRIA_BOTS_PORT: bots,
      }
      await using running = await container([
        ...'--network host --read-only --cap-drop ALL --security-opt no-new-privileges --health-interval 1s'.split(' '),
        ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        IMAGE,
      ])
      await waitFor(async () => (await running.logs()).includes('"listening"'), {
        what: 'the control plane',
        timeoutMs: 60_000,
        everyMs: 250,
      })
      const get = async (path: string): Promise<{ status: number; text: string }> => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`)
        return { status: response.status, text: await response.text() }
      }
      const page = await get('/')
      expect(page.text).toContain('<div id="root">')
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.text)![1]!
      expect((await get(script)).status).toBe(200)
      expect((await get('/api-reference')).text).toContain('<div id="root">')
      expect(JSON.parse((await get('/api/openapi.json')).text)).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) })
      expect((await get('/readyz')).status).toBe(200)
      await waitFor(async () => (await running.health()) === 'healthy', { what: 'healthy', timeoutMs: 30_000, everyMs: 250 })
      await run('docker', ['stop', '--time', '15', running.id])
      expect((await run('docker', ['inspect', '--format', '{{.State.ExitCode}}', running.id])).trim()).toBe('0')
    },
  )

  it('says what is missing when it is given nothing', async () => {
    await expect(run('docker', ['run', '--rm', '--network', 'none', IMAGE])).rejects.toThrow('DATABASE_URL')
  })

  it('has a user of its own, no setuid programs, no Docker, and the migrations', async () => {
    const script = `find / -xdev -type f -perm /6000; command -v docker; grep ^Uid /proc/self/status; ls /opt/zaptria/sql`
    const seen = await inside(IMAGE, script, ['--network', 'none', '--read-only'])
    expect(seen).toMatch(/^Uid:\t10000\t10000\t10000\t10000\n000001_init\.sql\n/)
  })

  it(
    'shares all that is large with the bot’s image',
    async () => {
      const bot = await built('bot', { tag: 'test' })
      const layersOf = async (name: string): Promise<string[]> =>
        JSON.parse(await run('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', name])) as string[]
      expect((await layersOf(IMAGE)).slice(0, 3)).toEqual((await layersOf(bot.tags[0]!)).slice(0, 3))
    },
    BUILD_MS,
  )

  it('is as small as it was', () => {
    expect(image.bytes).toBeLessThan(MAX_BYTES)
  })
})
