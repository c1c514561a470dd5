import { ERRORS } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'

type Operation = {
  operationId: string
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: object
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: object }
}

async function documentOf(): Promise<Document> {
  await using database = await createTestDatabase()
  await using http = await startTestHttp(database.url)
  return (await http.app.inject({ url: '/api/openapi.json' })).json()
}

describe('openapi', () => {
  it('describes every operation of the API, each with its name, its answer and its errors', async () => {
    const document = await documentOf()
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    )
    expect(operations.length).toBeGreaterThanOrEqual(45)
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size, `doubled: ${ids.filter((id, at) => ids.indexOf(id) !== at).join()}`).toBe(ids.length)
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`
      expect(operation.summary, where).toMatch(/\w/)
      expect(operation.tags, where).toHaveLength(1)
      expect(operation.responses['default']?.content, where).toHaveProperty(['application/problem+json', 'schema', '$ref'])
      const answers = Object.keys(operation.responses).filter((status) => /^2\d\d$/.test(status))
      expect(answers, where).toHaveLength(1)
      if (answers[0] !== '204') expect(Object.keys(operation.responses[answers[0]!]!.content ?? {}), where).toHaveLength(1)
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
      const parameters = (operation.parameters ?? []).filter((each) => each.in === 'path')
      expect(parameters.map((each) => each.name).toSorted(), where).toEqual(inPath.toSorted())
      // What makes something is told what: all but what has no choice.
      if (path.endsWith('/media') && method === 'post') expect(operation.requestBody, where).toBeDefined()
      if (answers[0] === '201')
        expect(
          operation.parameters?.map((each) => each.name),
          where,
        ).toContain('Idempotency-Key')
    }
  })

  it('refers to nothing that is not there, and holds nothing that nobody refers to', async () => {
    const document = await documentOf()
    const text = JSON.stringify(document)
    const refs = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!))
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/g)).toBeNull()
    expect([...refs].filter((name) => !(name in document.components.schemas))).toEqual([])
    expect(Object.keys(document.components.schemas).filter((name) => !refs.has(name))).toEqual(['Hint'])
    for (const name of ['TenantWithBot', 'Bot', 'Conversation', 'Message', 'FlowInput', 'Problem'])
      expect(document.components.schemas).toHaveProperty(name)
  })

  it('leads to the page that shows it', async () => {
    await using database = await createTestDatabase()
    await using http = await startTestHttp(database.url)
    for (const url of ['/api/docs', '/api/docs/']) {
      const { statusCode, headers } = await http.app.inject({ url })
      expect([statusCode, headers['location']], url).toEqual([302, '/api-reference'])
    }
  })

  it('names the address that it is asked for, or the public one, and nothing that a client made up', async () => {
    await using database = await createTestDatabase()
    await using http = await startTestHttp(database.url)
    const serversFor = async (host: string, of = http): Promise<unknown> =>
      (await of.app.inject({ url: '/api/openapi.json', headers: { host } })).json<{ servers: unknown }>().servers
    expect(await serversFor('inside.example:8080')).toEqual([{ url: 'http://inside.example:8080' }])
    expect(JSON.stringify(await serversFor("x'; rm -rf /; '"))).not.toContain('rm')
    await using other = await createTestDatabase()
    await using open = await startTestHttp(other.url, { publicUrl: 'https://zap.example.com' })
    expect(await serversFor('evil.example', open)).toEqual([{ url: 'https://zap.example.com' }])
  })
})

describe('error codes', () => {
  it('that the code names are all in the catalogue', async () => {
    const files = (await readdir(new URL('..', import.meta.url), { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file))
    const used = new Set<string>()
    for (const file of files) {
      const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8')
      for (const [, code] of text.matchAll(/new ZaptriaError\(\s*'(\w+)'/g)) used.add(code!)
    }
    expect(used.size).toBeGreaterThan(15)
    expect([...used].filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
  })
})
