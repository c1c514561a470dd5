import { execFile, execFileSync } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp } from '../testing.ts'
import type { TestHttp } from '../testing.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../../../docs/laravel.md'), 'utf8')

const missing = ((): string | null => {
  try {
    execFileSync('php', ['-v'], { stdio: 'ignore' })
    return null
  } catch {
    return 'php is not installed (apt install php-cli)'
  }
})()

/** The block of the document that begins with this file's name. */
const block = (name: string): string => {
  const found = new RegExp(`\`\`\`php\n// ${name}\n([^]*?)\n\`\`\``).exec(DOCUMENT)?.[1]
  if (found === undefined) throw new Error(`docs/laravel.md has no ${name}`)
  return found
}

describe.skipIf(missing !== null)(`docs/laravel.md${missing === null ? '' : ` (${missing})`}`, () => {
  let database: TestDatabase
  let http: TestHttp
  let dir: string
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    database = await createTestDatabase()
    http = await startTestHttp(database.url)
    await http.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = http.app.server.address() as AddressInfo
    const { body } = await http.call('POST', '/api/v1/api-keys', { name: 'Laravel' })
    env = { PATH: process.env['PATH'], ZAPTRIA_URL: `http://127.0.0.1:${port}`, ZAPTRIA_API_KEY: (body as { key: string }).key }
    dir = mkdtempSync(join(tmpdir(), 'zaptria-laravel-'))
    for (const name of ['BotProvisioningService', 'ZaptriaSignature'])
      writeFileSync(join(dir, `${name}.php`), `<?php\n${block(`app/Services/${name}\\.php`)}\n`)
  })
  afterAll(async () => {
    rmSync(dir, { recursive: true })
    await http[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  /** What these lines of PHP leave in `$result`. */
  const php = async (lines: string): Promise<unknown> => {
    const file = join(dir, 'main.php')
    const uses = [join(import.meta.dirname, 'laravel.php'), join(dir, 'BotProvisioningService.php'), join(dir, 'ZaptriaSignature.php')]
    writeFileSync(
      file,
      `<?php\n${uses.map((one) => `require '${one}';`).join('\n')}
$bots = new App\\Services\\BotProvisioningService;
${lines}
echo json_encode($result ?? null);\n`,
    )
    const { stdout } = await promisify(execFile)('php', ['-d', 'display_errors=stderr', file], { env })
    return JSON.parse(stdout)
  }

  it('provisions, pairs, sends, restarts and destroys', async () => {
    const id = (await php(`$result = $bots->provision(7, 'Padaria'); $bots->provision(7, 'Padaria');`)) as string
    const tenants = await http.db.selectFrom('tenants').select(['id', 'external_id', 'subscription']).execute()
    expect(tenants).toEqual([{ id, external_id: '7', subscription: 'paid' }])
    expect(await php(`$result = [$bots->find(7), $bots->find(70)];`)).toEqual([id, null])
    const secret = await php(`$result = $bots->webhook('${id}', 'https://app.example.com/api/zaptria/1');`)
    expect(secret).toMatch(/^whsec_/)
    expect(await http.db.selectFrom('webhook_endpoints').select(['url', 'events']).execute()).toEqual([
      { url: 'https://app.example.com/api/zaptria/1', events: ['message.received', 'message.status', 'bot.state'] },
    ])
    await http.db.updateTable('bots').set({ qr_code: '2@live', state: 'qr_ready' }).execute()
    expect(await php(`$result = $bots->qr('${id}');`)).toMatchObject({ qr_code: '2@live', state: 'qr_ready' })
    expect(await php(`$result = $bots->pairingLink('${id}');`)).toMatch(/\/pair#[\w-]+$/)
    expect(await php(`$result = $bots->getStatus('${id}');`)).toMatchObject({ state: { state: 'qr_ready' }, alive: false })

    const sent = await php(
      `$result = [$bots->send('${id}', '5511987654321', 'olá', 'k1'), $bots->send('${id}', '5511987654321', 'olá', 'k1')];`,
    )
    const messages = await http.db.selectFrom('messages').select(['id', 'body', 'status']).execute()
    expect(messages).toEqual([{ id: (sent as string[])[0], body: 'olá', status: 'queued' }])
    expect(new Set(sent as string[]).size).toBe(1)

    const { id: conversation } = await http.db.selectFrom('conversations').select('id').executeTakeFirstOrThrow()
    const reply = `$bots->reply('${id}', '${conversation}', 'já vai', 'reply-1')`
    await php(`${reply}; ${reply};`)
    expect((await http.db.selectFrom('messages').select('body').orderBy('seq').execute()).map(({ body }) => body)).toEqual([
      'olá',
      'já vai',
    ])

    const before = await http.db.selectFrom('bots').select('generation').executeTakeFirstOrThrow()
    await php(`$bots->restart('${id}');`)
    expect((await http.db.selectFrom('bots').select('generation').executeTakeFirstOrThrow()).generation).toBe(before.generation + 1)
    await php(`$bots->subscription('${id}', 'cancelled');`)
    expect((await http.db.selectFrom('bots').select('desired').executeTakeFirstOrThrow()).desired).toBe('removed')
    expect(await php(`$result = $bots->provision(7, 'Padaria Nova');`)).toBe(id)
    expect((await http.db.selectFrom('bots').select('desired').executeTakeFirstOrThrow()).desired).toBe('running')
    await php(`$bots->destroy('${id}');`)
    expect(await http.call('GET', `/api/v1/tenants/${id}`)).toMatchObject({ status: 404 })
    expect(await php(`$result = $id = $bots->provision(7, 'Padaria'); $bots->destroy($id);`)).not.toBe(id)
  })

  it('is PHP, all of it', async () => {
    // Pieces of a class, or of a method, are put where they stand.
    const blocks = [...DOCUMENT.matchAll(/```php\n([^]*?)\n```/g)].map(([, code]) => code!)
    expect(blocks.length).toBeGreaterThan(9)
    for (const [index, code] of blocks.entries()) {
      const whole =
        /^protected /m.test(code) && !code.includes('class ')
          ? `class Piece {\n${code}\n}`
          : /^'\w+' => \[/m.test(code)
            ? `return [\n${code}\n];`
            : code
      writeFileSync(join(dir, `block-${index}.php`), `<?php\n${whole}\n`)
    }
    const each = `foreach (glob('block-*.php') as $file) try { token_get_all(file_get_contents($file), TOKEN_PARSE); } catch (ParseError $e) { echo "$file: {$e->getMessage()}\\n"; }`
    const { stdout } = await promisify(execFile)('php', ['-r', each], { env, cwd: dir })
    expect(stdout).toBe('')
  })

  it('lists every tenant, page by page, and knows one without a bot', async () => {
    for (let i = 0; i < 3; i++) await http.call('POST', '/api/v1/tenants', { name: `Loja ${i}` })
    const all = (await php(`$result = iterator_to_array($bots->all(), false);`)) as { id: string; name: string; bot: unknown }[]
    expect(all.map(({ name, bot }) => [name, bot])).toEqual([
      ['Loja 2', null],
      ['Loja 1', null],
      ['Loja 0', null],
    ])
    expect(await php(`$result = $bots->getStatus('${all[0]!.id}');`)).toBeNull()
  })

  it('knows our signature from others’', async () => {
    const key = randomBytes(24)
    const now = Math.trunc(Date.now() / 1000)
    const sign = (body: string, at: number): string => createHmac('sha256', key).update(`msg_1.${at}.${body}`).digest('base64')
    const fits = (body: string, at: number, signature: string): Promise<unknown> =>
      php(
        `$result = App\\Services\\ZaptriaSignature::fits('whsec_${key.toString('base64')}', 'msg_1', '${at}', '${signature}', '${body}');`,
      )
    expect(await fits('{"a":1}', now, `v1,AAAA v1,${sign('{"a":1}', now)}`)).toBe(true)
    expect(await fits('{"a":2}', now, `v1,${sign('{"a":1}', now)}`)).toBe(false)
    // An instance without a webhook has no secret: whoever signs with nothing is nobody.
    const unsigned = createHmac('sha256', '').update(`msg_1.${now}.{}`).digest('base64')
    expect(await php(`$result = App\\Services\\ZaptriaSignature::fits('', 'msg_1', '${now}', 'v1,${unsigned}', '{}');`)).toBe(false)
    expect(await fits('{"a":1}', now - 301, `v1,${sign('{"a":1}', now - 301)}`)).toBe(false)
  })
})
