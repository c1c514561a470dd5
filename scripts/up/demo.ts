import { API_BASE } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'

const EXTERNAL_ID = 'demo'

/** Makes the sample tenant with its flow, once; a second start finds it. */
export async function makeSampleTenant(url: string, apiKey: string): Promise<void> {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${API_BASE}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const created = await call('POST', '/tenants', { name: 'Padaria da Praça', external_id: EXTERNAL_ID, subscription: 'paid' })
  if (created.status === 409) return
  if (!created.ok) throw new Error(`The sample tenant could not be made: ${await created.text()}`)
  const { id } = (await created.json()) as { id: string }
  const flow = await call('POST', `/tenants/${id}/flow/versions`, SAMPLE_FLOW)
  if (!flow.ok) throw new Error(`The sample flow could not be published: ${await flow.text()}`)
}
