import type { MockApi } from '../../apps/dashboard/src/testing/mock-api.ts'
import { makeMessage } from '../../apps/dashboard/src/testing/world.ts'

/** Changes the chat so many times a second, by a new message or by what happens to one, and tells the page each time. */
export function startUpdates(api: MockApi, perSecond: number): { stop: () => number } {
  const { world } = api
  const id = world.conversations[0]?.id ?? ''
  let sent = 0
  const timer = setInterval(() => {
    sent += 1
    const { messages } = world
    const one = messages[messages.length - 1 - (sent % 40)]
    if (sent % 4 === 0 || one === undefined) messages.push(makeMessage(id, `chegou ${sent}`))
    else if (sent % 4 === 1) Object.assign(one, { body: `${one.body.slice(0, 60)} ${sent}`, edited_at: new Date().toISOString() })
    else if (sent % 4 === 2) one.reactions = [{ emoji: '🙏', from_me: false, sender: null, at: new Date().toISOString() }]
    else if (one.from_me) one.status = one.status === 'read' ? 'delivered' : 'read'
    api.hint('message', id)
  }, 1000 / perSecond)
  return {
    stop() {
      clearInterval(timer)
      return sent
    },
  }
}
