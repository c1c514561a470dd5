import { expect, it } from 'vitest'
import { ApiProblem } from '../api/client.ts'
import type { Api } from '../api/client.ts'
import type { TenantWithBot } from '../tenants/find.ts'
import { verifyAll } from './verify-all.ts'

const refusal = (code: string): ApiProblem =>
  new ApiProblem({ type: 'about:blank', status: 404, code, title: code, hint: '', detail: null, instance: null } as never)

/** Of one tenant, what verifying each of its snapshots comes to. */
const verify = async (outcomes: Record<string, { ok: boolean; fault: string | null } | Error>) => {
  const said: string[] = []
  const api = {
    list: () => Promise.resolve([...Object.keys(outcomes).map((id) => ({ id, state: 'stored' })), { id: 'failed', state: 'failed' }]),
    call: (_: string, path: string) => {
      const outcome = outcomes[path.split('/').at(-2)!]!
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
    },
  } as unknown as Api
  const { code, text, data } = await verifyAll(api, [{ id: 't', name: 'Loja' } as TenantWithBot], (line) => said.push(line))
  return { code, text, said, ids: data.map(({ id }) => id) }
}
const whole = { ok: true, fault: null }

it('reads each that is stored, and fails when one is damaged', async () => {
  expect(await verify({ a: whole, b: { ok: false, fault: 'cut' }, c: whole })).toEqual({
    code: 1,
    text: '3 snapshots, 1 damaged.\n',
    said: ['Loja:', '  a  whole', '  b  damaged: cut', '  c  whole'],
    ids: ['a', 'b', 'c'],
  })
})

it('goes on when one is not kept any longer, and not when Zaptria says anything else', async () => {
  expect(await verify({ a: refusal('snapshot_not_found'), b: whole })).toMatchObject({
    code: 0,
    text: '1 snapshot, all whole.\n',
    ids: ['b'],
  })
  await expect(verify({ a: refusal('unavailable'), b: whole })).rejects.toThrow('unavailable')
})
