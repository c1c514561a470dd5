import { readdirSync } from 'node:fs'
import type { RemovedTenant, Tenant } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openZaptria } from '../testing/zaptria.ts'
import type { Zaptria } from '../testing/zaptria.ts'

let zaptria: Zaptria
beforeAll(async () => {
  zaptria = await openZaptria()
}, 120_000)
afterAll(() => zaptria?.[Symbol.asyncDispose]())

const has = (text: string): string => expect.stringContaining(text) as string
/** Directories and files of a bot, wherever they are. */
const leftOf = (container: string): string[] =>
  readdirSync(zaptria.dataDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes(container))

it('a tenant is erased once it was removed and its name was typed, volume and all', async () => {
  const { id } = await zaptria.json<Tenant>('tenants', 'create', 'Padaria da Praça', '--subscription', 'paid')
  const { container_name: container } = await zaptria.call<{ container_name: string }>('GET', `/tenants/${id}/bot`)
  await waitFor(() => leftOf(container).some((file) => file.includes('volumes')), { what: 'the volume of the bot', timeoutMs: 60_000 })

  expect((await zaptria.type(['tenants', 'removed'])).out).toBe('No tenant was removed.\n')
  expect(await zaptria.type(['tenants', 'erase', 'Padaria da Praça', '--confirm', 'Padaria da Praça'])).toMatchObject({
    code: 1,
    err: has('Padaria da Praça is not removed.\nRemove it first: zaptria tenants remove "Padaria da Praça"'),
  })
  await zaptria.type(['tenants', 'remove', id, '--yes'])
  expect((await zaptria.type(['tenants', 'removed'])).out).toMatch(new RegExp(`^${id} +\\S+Z +kept +Padaria da Praça$`, 'm'))
  expect(await zaptria.type(['tenants', 'erase', 'Padaria'])).toMatchObject({ code: 1, err: has('There is no removed tenant "Padaria"') })
  const erase = ['tenants', 'erase', 'Padaria da Praça']
  expect(await zaptria.type(erase)).toMatchObject({ code: 1, err: has('say --confirm "Padaria da Praça"') })
  expect(await zaptria.type(erase, 'y')).toMatchObject({ code: 1, err: has('Nothing was done: that is another name.') })
  expect((await zaptria.json<RemovedTenant[]>('tenants', 'removed')).map(({ erasure }) => erasure)).toEqual([null])

  expect(await zaptria.type(erase, 'Padaria da Praça')).toMatchObject({ code: 0, out: has('Padaria da Praça: eras') })
  await waitFor(async () => (await zaptria.type(['tenants', 'removed'])).out.includes('erased '), {
    what: 'the erasure',
    timeoutMs: 60_000,
  })
  expect((await zaptria.type(['tenants', 'removed'])).out).toMatch(new RegExp(`^${id} +\\S+Z +erased \\S+Z +-$`, 'm'))
  expect(leftOf(container)).toEqual([])
}, 180_000)
