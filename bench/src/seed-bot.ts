import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { SEED_TOKEN_HEADER, seedPath } from '@zaptria/contract'

/** Per bot, as many chats as our own `http` sink posts for at once. */
const AT_ONCE = 8

/** A foreign bot: one POST a message, in order per chat. */
export type SeedBot = {
  /** @returns milliseconds to the 2xx */
  post(chat: string, body: string): Promise<number>
  close(): void
}

export function seedBot(url: string, tenant: string, token: string): SeedBot {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const target = new URL(seedPath(tenant, 'incoming'), url)
  return {
    post: (chat, text) =>
      new Promise((done, failed) => {
        const began = performance.now()
        const body = JSON.stringify({
          from: chat,
          body: text,
          timestamp: Math.floor(Date.now() / 1000),
          type: 'chat',
          message_id: `false_${chat}_3A${randomBytes(9).toString('hex').toUpperCase()}`,
          push_name: 'Ana Maria',
        })
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), [SEED_TOKEN_HEADER]: token }
        const posting = request(target, { method: 'POST', agent, headers }, (answer) => {
          answer.resume()
          answer.on('error', failed)
          answer.on('end', () => {
            if (answer.statusCode === 200) done(performance.now() - began)
            else failed(new Error(`POST ${target.pathname}: ${answer.statusCode}`))
          })
        })
        posting.on('error', failed)
        posting.end(body)
      }),
    close: () => agent.destroy(),
  }
}
