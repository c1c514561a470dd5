import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { WebhookPayload } from '@zaptria/contract'
import { Webhook } from 'standardwebhooks'

export type Received = { id: string; payload: WebhookPayload; body: string; headers: Record<string, string>; at: number }
type Answer = number | { status: number; headers?: Record<string, string> } | 'never' | 'hang up'

/** A customer's system that takes webhooks, on a real socket. Says what came; `answer` decides what it says, 204 by default. For tests. */
export async function startReceiver(answer: (received: Received, nr: number) => Answer | Promise<Answer> = () => 204, port = 0) {
  const received: Received[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const one = { id: headers['webhook-id']!, payload: WebhookPayload.parse(JSON.parse(body)), body, headers, at: performance.now() }
    received.push(one)
    const said = await answer(one, received.length)
    if (said === 'never') return
    if (said === 'hang up') request.socket.destroy()
    else if (typeof said === 'number') response.writeHead(said).end()
    else response.writeHead(said.status, said.headers).end()
  }
  const server = createServer((request, response) => void take(request, response))
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    /** Throws when it was not signed with this secret. */
    verify: (secret: string, { body, headers }: Received) => new Webhook(secret).verify(body, headers),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>
