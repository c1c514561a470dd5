import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, Problem } from '@zaptria/contract'
import type { ErrorCode } from '@zaptria/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ANYWHERE, UNUSED } from './errors.ts'
import type { Json } from './json.ts'
import { isInstalled, openPlayground } from './testing.ts'
import type { Operation, Playground } from './testing.ts'

const ROOT = join(import.meta.dirname, '../../../../..')

let place: Playground
let operations: readonly Operation[]
beforeAll(async () => {
  place = await openPlayground()
  operations = place.reference.operations
}, 120_000)
afterAll(() => place?.[Symbol.asyncDispose]())

const found = ({ reference }: Playground, operationId: string): Operation => {
  const operation = reference.operations.find((one) => one.operationId === operationId)
  if (operation === undefined) throw new Error(`the document has no operation ${operationId}`)
  return operation
}

describe('the reference', () => {
  it('names the address at which it is asked for, in every example', () => {
    expect(place.reference.servers).toEqual([{ url: place.url }])
    for (const { operationId, 'x-codeSamples': samples } of operations) {
      expect(
        samples.map(({ lang }) => lang),
        operationId,
      ).toEqual(['Shell', 'TypeScript', 'PHP'])
      for (const { source } of samples) expect(source, operationId).toContain(place.url)
    }
    expect(JSON.stringify(place.reference)).not.toContain('zaptria.invalid')
  })

  it('says of each error which operations answer with it', () => {
    const said = new Set(operations.flatMap(({ responses }) => Object.values(responses).flatMap((one) => one['x-codes'] ?? [])))
    const codes = Object.keys(ERRORS) as ErrorCode[]
    expect([...said].filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
    expect(
      codes.filter((code) => !said.has(code) && !ANYWHERE.includes(code) && !UNUSED.includes(code)),
      'http/reference/errors.ts says which operations answer with them',
    ).toEqual([])
    expect(UNUSED.filter((code) => said.has(code))).toEqual([])
  })

  it('shows bodies and answers that are as their schemas say', () => {
    const $defs = JSON.parse(JSON.stringify(place.reference.schemas).replaceAll('#/components/schemas/', '#/$defs/')) as Json
    const faults: string[] = []
    const check = (where: string, content: Record<string, { schema: object; example?: unknown }> | undefined): void => {
      const json = content?.['application/json']
      if (json === undefined) return
      const schema = JSON.parse(JSON.stringify(json.schema).replaceAll('#/components/schemas/', '#/$defs/')) as object
      const read = z.fromJSONSchema({ ...schema, $defs } as Parameters<typeof z.fromJSONSchema>[0]).safeParse(json.example)
      if (!read.success) faults.push(`${where}: ${z.prettifyError(read.error)}\n${JSON.stringify(json.example)}`)
    }
    for (const { operationId, requestBody, responses } of operations) {
      check(`${operationId}, body`, requestBody?.content)
      for (const [status, { content }] of Object.entries(responses)) if (status.startsWith('2')) check(`${operationId}, ${status}`, content)
    }
    expect(faults.join('\n\n')).toBe('')
    // What has a body has an example of it: the file alone is shown by its name.
    const without = operations.filter(({ requestBody }) =>
      Object.values(requestBody?.content ?? {}).some(({ example }) => example === undefined),
    )
    expect(without.map(({ operationId }) => operationId)).toEqual(['postTenantsBotSnapshotsImport', 'postTenantsMedia'])
  })
})

/** The refusals that are right in a world without a WhatsApp: nothing to show, or nobody who was sent that link. */
const REFUSED: Readonly<Record<string, ErrorCode>> = {
  getTenantsRemovedOne: 'tenant_not_found',
  postTenantsErase: 'tenant_not_removed',
  getTenantsBotStats: 'bot_not_running',
  postTenantsBotSnapshots: 'bot_not_connected',
  getTenantsBotPairingLink: 'pairing_link_not_found',
  getTenantsMessagesMedia: 'media_not_found',
  postPairing: 'pairing_link_not_found',
  postPairingAsk: 'pairing_link_not_found',
  postSessionLink: 'unauthorized',
}

describe.skipIf(!isInstalled('curl'))('the examples in curl', () => {
  it('do what they say, each of them', async () => {
    const METHODS = ['get', 'post', 'put', 'patch', 'delete']
    // What makes comes before what removes, and what is inside before what holds it.
    const inOrder = operations.toSorted(
      (a, b) =>
        METHODS.indexOf(a.method) - METHODS.indexOf(b.method) ||
        (a.method === 'delete' ? b.path.length - a.path.length : a.path.localeCompare(b.path)),
    )
    const faults: string[] = []
    for (const operation of inOrder) {
      // Whatever the one before did to it.
      await place.http.db.updateTable('bots').set({ desired: 'running', state: 'qr_ready' }).execute()
      const seconds = operation.operationId === 'getLive' ? 1 : 20
      const source = place.sample(operation, 'Shell')
      const { out, err } = await place.run('sh', ['-c', `${source} -sS -m ${seconds} -w '\\n%{http_code}'`])
      const lines = out.split('\n')
      const status = lines.pop()
      const body = source.endsWith('-o file') ? readFileSync(join(place.dir, 'file'), 'utf8') : lines.join('\n')
      const problem = Problem.safeParse(read(body)).data
      const promised = Object.keys(operation.responses).find((one) => one.startsWith('2'))
      const expected = REFUSED[operation.operationId]
      if (expected === undefined ? status !== promised : problem?.code !== expected)
        faults.push(`${operation.operationId} answers ${status} ${problem?.code ?? ''}\n${source}\n${out}${err}`)
      // What a refusal is is said beforehand.
      const codes = operation.responses[status ?? '']?.['x-codes']
      if (problem !== undefined && codes?.includes(problem.code) !== true)
        faults.push(`${operation.operationId}: ${problem.code} is not in its errors`)
    }
    expect(faults.join('\n\n')).toBe('')
  }, 180_000)
})

const read = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In the order in which an integration comes to them. */
const MAIN = [
  'postTenants',
  'getTenants',
  'getTenantsBot',
  'getTenantsBotQr',
  'postTenantsMessages',
  'getTenantsConversations',
  'getTenantsConversationsMessages',
  'postTenantsMedia',
  'postTenantsFlowVersions',
  'postTenantsWebhooks',
  'patchTenantsWebhooksOne',
  'getAlerts',
  'postAlertsResolve',
  'deleteTenantsFlow',
] as const

/** What is seen when the main examples are run in a language: nothing of it is wrong. */
async function runMain(
  fresh: Playground,
  run: (operation: Operation) => Promise<{ code: number; out: string; err: string }>,
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {}
  for (const id of MAIN) {
    const { code, out, err } = await run(found(fresh, id))
    expect({ code, err, out }, id).toEqual({ code: 0, err: '', out })
    answers[id] = JSON.parse(out)
  }
  expect(answers).toMatchObject({
    postTenants: { name: 'Padaria da Praça', subscription: 'paid', bot_token: expect.stringMatching(/^zbt_/) as string },
    getTenantsBot: { desired: 'running' },
    postTenantsMessages: { body: 'Olá, Ana! O pão saiu do forno.', status: 'queued' },
    postTenantsMedia: { filename: 'cardapio.txt', mimetype: 'text/plain' },
    postTenantsFlowVersions: { active: true, flow: { name: 'Atendimento' } },
    postTenantsWebhooks: { events: ['message.received', 'message.status'], secret: expect.stringMatching(/^whsec_/) as string },
    patchTenantsWebhooksOne: { enabled: true },
    deleteTenantsFlow: null,
  })
  return answers
}

describe('the examples in TypeScript', () => {
  it('are right to the compiler, each of them', async () => {
    await using fresh = await openPlayground()
    const files = operations.map((operation) => {
      const file = `${operation.operationId}.mts`
      writeFileSync(join(fresh.dir, file), `${fresh.sample(operation, 'TypeScript')}\nexport {}\n`)
      return file
    })
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024', '--types', 'node']
    const { code, out } = await fresh.run(join(ROOT, 'node_modules/.bin/tsc'), [
      ...flags,
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
      ...files,
    ])
    expect(`${code}${out}`).toBe('0')
  }, 120_000)

  it('do what they say', async () => {
    await using fresh = await openPlayground()
    await runMain(fresh, (operation) => {
      writeFileSync(
        join(fresh.dir, 'main.mts'),
        `${fresh.sample(operation, 'TypeScript')}\nconsole.log(JSON.stringify(${operation.responses['204'] === undefined ? 'answer' : 'null'}))\n`,
      )
      return fresh.run(process.execPath, ['main.mts'])
    })
  }, 120_000)
})

const noPhp = isInstalled('php') ? '' : ' (php is not installed: apt install php-cli)'

describe.skipIf(noPhp !== '')(`the examples in PHP${noPhp}`, () => {
  it('can be read by PHP, each of them', async () => {
    await using fresh = await openPlayground()
    for (const operation of operations)
      writeFileSync(join(fresh.dir, `${operation.operationId}.php`), `<?php\n${fresh.sample(operation, 'PHP')}\n`)
    const each = `foreach (glob('*.php') as $file) try { token_get_all(file_get_contents($file), TOKEN_PARSE); } catch (ParseError $e) { echo "$file: {$e->getMessage()}\\n"; }`
    expect(await fresh.run('php', ['-r', each])).toEqual({ code: 0, out: '', err: '' })
  }, 60_000)

  it('do what they say', async () => {
    await using fresh = await openPlayground()
    await runMain(fresh, (operation) => {
      const lines = [
        '<?php',
        'namespace App\\Services;',
        `require '${join(import.meta.dirname, '../laravel/laravel.php')}';`,
        fresh.sample(operation, 'PHP'),
        'echo json_encode($answer ?? null);',
      ]
      writeFileSync(join(fresh.dir, 'main.php'), lines.join('\n'))
      return fresh.run('php', ['-d', 'display_errors=stderr', 'main.php'])
    })
  }, 60_000)
})
