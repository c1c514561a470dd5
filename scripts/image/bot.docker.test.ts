import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BOT_IMAGE } from '@zaptria/contract'
import { beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../packages/lab/src/testing/wait-for.ts'
import { docker, run } from './docker.ts'
import { BOT_ENV, built, container, HARDENED, healthStatus, inside, noDocker, ROOT } from './testing.ts'

/** Measured 484.7 MB, and a tenth. */
const MAX_BYTES = 533e6
const BUILD_MS = 900_000
const SHELL = '/usr/lib/chromium/chromium-headless-shell'
const IMAGE = 'zaptria/bot:test'

/** Prints the pid of the first process whose command line matches. */
const pidOf = (pattern: string): string =>
  `for p in /proc/[0-9]*; do if tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q -- '${pattern}'; then echo \${p#/proc/}; fi; done | sort -n | head -1`

describe.skipIf(noDocker)(`the bot’s image${noDocker}`, () => {
  let image: Awaited<ReturnType<typeof built>>
  beforeAll(async () => {
    image = await built('bot', { tag: 'test' })
  }, BUILD_MS)

  it('runs a bot without rights: read-only, no capabilities, 32 MB of /tmp, 512 MB of memory', { timeout: 90_000 }, async () => {
    await using bot = await container([...HARDENED, ...BOT_ENV, IMAGE])
    expect(await healthStatus(bot)).toBeOneOf([200, 503])
    const seen = await bot
      .bash(`grep -hE '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/1/status; stat -c %u:%g:%a /data; touch /x 2>&1`)
      .catch(String)
    expect(seen).toContain(`Uid:\t${BOT_IMAGE.user}\t`)
    expect(seen).toMatch(/CapEff:\t0+\n/)
    expect(seen).toMatch(/CapBnd:\t0+\n/)
    expect(seen).toMatch(/NoNewPrivs:\t1\nSeccomp:\t2\n/)
    expect(seen).toContain(`${BOT_IMAGE.user}:${BOT_IMAGE.user}:700`)
    expect(seen).toContain('Read-only file system')
    // The browser starts (it has no network, so it cannot reach the page), and what it writes goes to the volume.
    await waitFor(async () => (await bot.logs()).includes('page_unreachable'), { what: 'the browser', timeoutMs: 60_000 })
    expect(await bot.bash('ls /data/session /data/scratch')).not.toBe('')
    expect(await bot.logs()).not.toMatch(/browser_missing|browser_crashed|sandbox_unavailable/)
  })

  it('has Chromium’s own sandbox on: another user namespace, another process namespace, a filter more', { timeout: 90_000 }, async () => {
    const page = 'data:text/html,<p>page'
    await using shell = await container([
      ...HARDENED,
      '--entrypoint',
      SHELL,
      IMAGE,
      '--remote-debugging-port=9222',
      '--user-data-dir=/data/p',
      page,
    ])
    const pid = await waitFor(() => shell.bash(pidOf('^/usr/lib/chromium/.* --type=renderer')).then((text) => text.trim()), {
      what: 'a renderer',
      timeoutMs: 30_000,
    })
    const of = async (process: string): Promise<Record<string, string>> => {
      const text = await shell.bash(`cat /proc/${process}/status; echo "uid_map: $(cat /proc/${process}/uid_map)"`)
      return Object.fromEntries(
        text.split('\n').map((line) => [
          line.split(':')[0]!,
          line
            .slice(line.indexOf(':') + 1)
            .trim()
            .replaceAll(/\s+/g, ' '),
        ]),
      )
    }
    const [browser, renderer] = [await of('1'), await of(pid)]
    expect(renderer['Seccomp']).toBe('2')
    expect(Number(renderer['Seccomp_filters'])).toBeGreaterThan(Number(browser['Seccomp_filters']))
    expect(renderer['uid_map']).toBe(`${BOT_IMAGE.user} ${BOT_IMAGE.user} 1`)
    expect(browser['uid_map']).not.toBe(renderer['uid_map'])
    expect(renderer['NSpid']!.split(' ').length).toBeGreaterThan(browser['NSpid']!.split(' ').length)
    expect(await shell.bash(`tr '\\0' ' ' </proc/1/cmdline`)).not.toContain('no-sandbox')
  })

  it('draws, computes and knows letters with what was left in of the browser’s packages', { timeout: 60_000 }, async () => {
    const script = `(async () => {
      const canvas = document.createElement('canvas'); const pen = canvas.getContext('2d'); pen.font = '20px sans-serif'; pen.fillText('Olá', 0, 20)
      const drawn = pen.getImageData(0, 0, 300, 150).data.some((byte) => byte > 0)
      const wasm = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
      const text = [drawn, new Intl.DateTimeFormat('pt-BR', { month: 'long' }).format(new Date(0)), wasm.instance instanceof WebAssembly.Instance, pen.measureText('Olá').width > 20]
      document.body.textContent = 'seen:' + text.join()
    })()`
    const page = `data:text/html;base64,${Buffer.from(`<meta charset=utf-8><body><script>${script}</script>`).toString('base64')}`
    const dom = await run('docker', [
      'run',
      '--rm',
      ...HARDENED,
      '--entrypoint',
      SHELL,
      IMAGE,
      '--user-data-dir=/data/p',
      '--virtual-time-budget=3000',
      '--dump-dom',
      page,
    ])
    expect(dom).toMatch(/seen:true,(dezembro|janeiro),true,true/)
  })

  it('is healthy while the event loop turns, and unhealthy when it stands', { timeout: 120_000 }, async () => {
    await using bot = await container([
      ...HARDENED,
      ...BOT_ENV,
      '--health-interval',
      '1s',
      '--health-retries',
      '1',
      '--health-start-period',
      '1s',
      IMAGE,
    ])
    await waitFor(async () => (await bot.health()) === 'healthy', { what: 'healthy', timeoutMs: 45_000, everyMs: 250 })
    await bot.bash(`kill -STOP $(${pidOf('^/usr/local/bin/node')})`)
    await waitFor(async () => (await bot.health()) === 'unhealthy', { what: 'unhealthy', timeoutMs: 45_000, everyMs: 250 })
  })

  it('is described as the contract and its labels say', async () => {
    const [found] = JSON.parse(await run('docker', ['image', 'inspect', IMAGE])) as {
      Config: Record<string, unknown> & { Labels: Record<string, string> }
    }[]
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(found!.Config).toMatchObject({
      User: `${BOT_IMAGE.user}:${BOT_IMAGE.user}`,
      Volumes: { [BOT_IMAGE.volume]: {} },
      Entrypoint: ['/usr/bin/tini', '--'],
      Healthcheck: { Test: ['CMD', BOT_IMAGE.healthcheck], Interval: 60e9, Timeout: 10e9, Retries: 3 },
    })
    expect(found!.Config['Env']).toContain(`PORT=${BOT_IMAGE.port}`)
    expect(found!.Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'Zaptria bot',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}/),
      'org.opencontainers.image.licenses': 'Apache-2.0',
    })
  })

  it('has no setuid programs, texts for readers, lists, logs or caches, but its packages’ versions and licences', async () => {
    const script = `find / -xdev -type f -perm /6000; find /usr/share/man /usr/share/info /usr/share/locale /var/lib/apt/lists /var/log /var/cache -type f 2>/dev/null
      find /usr/share/doc -type f ! -name copyright; find / -xdev -name '*-old' -path '*/dpkg/*'; echo --; cat /usr/share/zaptria/packages.txt; ls /usr/share/zaptria/licences`
    const [found, packages] = (await inside(IMAGE, script, ['--user', '0', '--network', 'none'])).split('--\n', 2)
    expect(found).toBe('')
    expect(packages).toMatch(/^chromium-headless-shell \d+\./m)
    expect(packages).toContain('node.txt\nzaptria.txt')
  })

  it('is as small as it was', () => {
    expect(image.bytes).toBeLessThan(MAX_BYTES)
    const own = image.layers.find(({ what }) => what === 'our own program')
    expect(own!.bytes).toBeLessThan(5e6)
  })

  it('comes out with the same id when everything is built again', { timeout: BUILD_MS }, async () => {
    const again = await built('bot', { tag: 'test-again', fresh: true })
    try {
      expect(again.id).toBe(image.id)
    } finally {
      await run('docker', ['rmi', 'zaptria/bot:test-again'])
    }
  })

  it('is not built twice from the same', async () => {
    expect((await built('bot', { tag: 'test' })).built).toBe(false)
    expect((await docker.image(IMAGE))!.id).toBe(image.id)
  })
})
