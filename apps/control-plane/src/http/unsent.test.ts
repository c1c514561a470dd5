import { createTestDatabase } from '@zaptria/lab/testing'
import { expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'

type Talk = { id: string; unsent: boolean }

it('a conversation says that its last message did not go, until a newer one or a retry', async () => {
  await using database = await createTestDatabase()
  await using http = await startTestHttp(database.url)
  const made = await http.call('POST', '/api/v1/tenants', { name: 'Conversas', subscription: 'paid' })
  const { id: tenant, bot_token } = made.body as { id: string; bot_token: string }
  const at = (rest: string): string => `/api/v1/tenants/${tenant}${rest}`
  const hear = async (from: string, body: string): Promise<void> => {
    const answer = await http.app.inject({
      method: 'POST',
      url: `/api/tenants/${tenant}/whatsapp/incoming`,
      headers: { 'x-bot-token': bot_token },
      payload: { from, body, timestamp: Math.floor(Date.now() / 1000), type: 'chat', message_id: body },
    })
    expect(answer.statusCode, answer.body).toBe(200)
  }
  const talks = async (): Promise<Talk[]> => ((await http.call('GET', at('/conversations'))).body as { items: Talk[] }).items
  await hear('5511911118888@c.us', 'oi')
  const [talk] = await talks()
  const say = async (body: string, more: object = {}) => {
    const answer = await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body, ...more })
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
    return (answer.body as { id: string }).id
  }
  const ends = (id: string, status: 'failed' | 'expired' | 'unknown' | 'accepted') =>
    http.db.updateTable('messages').set({ status }).where('id', '=', id).execute()
  const unsent = async () => (await talks()).map((each) => each.unsent)
  const first = await say('já vai')
  expect(await unsent()).toEqual([false])
  for (const status of ['failed', 'expired', 'unknown'] as const) {
    await ends(first, status)
    expect([status, await unsent()]).toEqual([status, [true]])
  }
  // One for later says nothing of now.
  await say('até amanhã', { send_at: new Date(Date.now() + 86_400_000).toISOString() })
  expect(await unsent()).toEqual([true])
  expect(await http.call('GET', at(`/conversations/${talk!.id}`))).toMatchObject({ body: { unsent: true } })
  const again = await say('já vai')
  expect(await unsent()).toEqual([false])
  await ends(again, 'failed')
  expect(await unsent()).toEqual([true])
  await hear('5511911118888@c.us', 'alô?')
  expect(await unsent()).toEqual([false])
})
