import { SAMPLE_FLOW } from '@zaptria/core'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { raiseAlert } from '../store/alerts.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let tenant: string
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  tenant = ((await http.call('POST', '/api/v1/tenants', { name: 'Fluxos' })).body as { id: string }).id
})

type Version = { id: string; version: number; active: boolean }
const at = (rest = ''): string => `/api/v1/tenants/${tenant}/flow${rest}`
const publish = async (flow: object = SAMPLE_FLOW): Promise<Version> => {
  const answer = await http.call('POST', at('/versions'), flow)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
  return answer.body as Version
}
const broken = { ...SAMPLE_FLOW, nodes: { ...SAMPLE_FLOW.nodes, saudacao: { type: 'text', text: 'oi', next: 'nowhere' } } }

describe('flow', () => {
  it('is published as a version, active at once, defaults filled in', async () => {
    expect(await http.call('GET', at())).toMatchObject({ status: 404, body: { code: 'flow_version_not_found' } })
    const first = await publish()
    expect(first).toMatchObject({ version: 1, active: true, flow: { name: SAMPLE_FLOW.name, stale_after_minutes: 30 } })
    expect(await http.call('GET', at())).toMatchObject({ status: 200, body: { id: first.id } })
    const second = await publish({ ...SAMPLE_FLOW, name: 'Novo' })
    expect(second).toMatchObject({ version: 2, active: true })
    expect(await http.call('GET', at('/versions'))).toMatchObject({
      body: {
        items: [
          { version: 2, active: true },
          { version: 1, active: false },
        ],
        next: null,
      },
    })
    const page = (await http.call('GET', at('/versions?limit=1'))).body as { next: string }
    expect(await http.call('GET', at(`/versions?limit=1&cursor=${page.next}`))).toMatchObject({
      body: { items: [{ version: 1 }], next: null },
    })
  })

  it('goes back to an older version, or off', async () => {
    const first = await publish()
    await publish()
    expect(await http.call('POST', at(`/versions/${first.id}/activate`))).toMatchObject({ status: 200, body: { version: 1, active: true } })
    expect(await http.call('GET', at())).toMatchObject({ body: { id: first.id } })
    expect((await http.call('DELETE', at())).status).toBe(204)
    expect((await http.call('DELETE', at())).status).toBe(204)
    expect((await http.call('GET', at())).status).toBe(404)
    for (const id of ['0192f0c1-0000-7000-8000-000000000000', 'nonsense'])
      expect(await http.call('POST', at(`/versions/${id}/activate`))).toMatchObject({
        status: 404,
        body: { code: 'flow_version_not_found' },
      })
  })

  it('with mistakes is refused, each named with its place', async () => {
    const refused = await http.call('POST', at('/versions'), broken)
    expect(refused).toMatchObject({ status: 422, body: { code: 'flow_invalid', errors: [{ path: 'nodes.saudacao.next' }] } })
    expect(await http.call('POST', at('/validate'), broken)).toMatchObject({
      status: 200,
      body: { ok: false, errors: [{ path: 'nodes.saudacao.next', message: expect.any(String) }] },
    })
    expect(await http.call('POST', at('/validate'), SAMPLE_FLOW)).toMatchObject({ status: 200, body: { ok: true, errors: [] } })
    expect(await http.call('POST', at('/validate'), [])).toMatchObject({ status: 200, body: { ok: false } })
    expect(await http.call('GET', at('/versions'))).toMatchObject({ body: { items: [] } })
  })

  it('numbers versions without gap or clash when published at once', async () => {
    const versions = await Promise.all(Array.from({ length: 5 }, () => publish()))
    expect(versions.map((each) => each.version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
    const list = (await http.call('GET', at('/versions'))).body as { items: Version[] }
    expect(list.items.filter((each) => each.active)).toHaveLength(1)
  })

  it('of a tenant that is not there is not found', async () => {
    const nobody = '/api/v1/tenants/0192f0c1-0000-7000-8000-000000000000/flow'
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['DELETE', '', undefined],
      ['GET', '/versions', undefined],
      ['POST', '/versions', SAMPLE_FLOW],
      ['POST', '/versions', broken],
      ['POST', '/validate', SAMPLE_FLOW],
    ] as const)
      expect(await http.call(method, nobody + path, body), `${method} ${path}`).toMatchObject({
        status: 404,
        body: { code: 'tenant_not_found' },
      })
  })
})

describe('alerts', () => {
  it('are listed with their tenant, newest first, and resolved by a person', async () => {
    for (const kind of ['bot_needs_scan', 'bot_banned'] as const)
      await raiseAlert(http.db, { kind, severity: 'warning', subject: tenant, tenantId: tenant, detail: 'facts' })
    await raiseAlert(http.db, { kind: 'bot_banned', severity: 'critical', subject: tenant, tenantId: tenant, detail: 'more facts' })
    const list = await http.call('GET', '/api/v1/alerts?open=true')
    expect(list).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            kind: 'bot_banned',
            severity: 'critical',
            count: 2,
            tenant_id: tenant,
            tenant_name: 'Fluxos',
            detail: 'more facts',
            resolved_at: null,
          },
          { kind: 'bot_needs_scan', count: 1 },
        ],
      },
    })
    const [{ id }] = (list.body as { items: [{ id: string }] }).items
    for (let twice = 0; twice < 2; twice++)
      expect(await http.call('POST', `/api/v1/alerts/${id}/resolve`)).toMatchObject({
        status: 200,
        body: { id, resolved_at: expect.any(String) },
      })
    expect(await http.call('GET', '/api/v1/alerts?open=true')).toMatchObject({ body: { items: [{ kind: 'bot_needs_scan' }] } })
    expect(await http.call('GET', '/api/v1/alerts?open=false')).toMatchObject({ body: { items: [{ id }] } })
    const page = (await http.call('GET', '/api/v1/alerts?limit=1')).body as { next: string }
    expect(await http.call('GET', `/api/v1/alerts?limit=1&cursor=${page.next}`)).toMatchObject({
      body: { items: [{ kind: 'bot_needs_scan' }], next: null },
    })
    for (const missing of ['0192f0c1-0000-7000-8000-000000000000', 'nonsense'])
      expect(await http.call('POST', `/api/v1/alerts/${missing}/resolve`)).toMatchObject({ status: 404, body: { code: 'alert_not_found' } })
  })
})
