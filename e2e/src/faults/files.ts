import { createHash } from 'node:crypto'
import { waitFor } from '@zaptria/lab/testing'
import type { Fleet, Shop } from './fleet.ts'
import type { Random } from './random.ts'

const TYPE = 'application/octet-stream'
/** Some pass a wire in one piece, most do not. */
const [LEAST_BYTES, MOST_BYTES] = [1, 200_000]
const ASK_MS = 10_000
const SEND_MS = 120_000

export type File = { bytes: Buffer; sha256: string }

/** Bytes that no other file has. */
export function makeFile(random: Random): File {
  const bytes = Buffer.alloc(random.between(LEAST_BYTES, MOST_BYTES))
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.between(0, 255)
  return { bytes, sha256: hashOf(bytes) }
}

/** As a contact's phone sends it. */
export const asMedia = ({ bytes }: File) => ({ data: bytes.toString('base64'), mimetype: TYPE, filename: 'file.bin' })

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Uploads a file and sends it, asking again for as long as there is no answer. Under its key it is one message, however often it is asked for.
 * @throws Error when it is refused, or nobody answers for long
 */
export async function sendFile(fleet: Fleet, shop: Shop, file: File, caption: string): Promise<void> {
  const asked = async (path: string, type: string, body: Buffer | string): Promise<string> => {
    const headers = { 'content-type': type, 'idempotency-key': `${caption}${path}` }
    const ask = async (): Promise<Response> => {
      const answer = await fleet.ask(`/tenants/${shop.tenant}/${path}`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(ASK_MS),
      })
      if (answer.status >= 500) throw new Error(`${answer.status} ${await answer.text()}`)
      return answer
    }
    const answer = await waitFor(ask, { timeoutMs: SEND_MS, everyMs: 250, what: `the ${path} of ${caption}` })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    return (JSON.parse(text) as { id: string }).id
  }
  const id = await asked('media', TYPE, file.bytes)
  await asked('messages', 'application/json', JSON.stringify({ to: shop.receiver, type: 'document', media_id: id, caption }))
}

/** What the API serves of a message's file; of another answer, the answer. */
export async function servedHash(fleet: Fleet, shop: Shop, message: string): Promise<string> {
  const answer = await fleet.ask(`/tenants/${shop.tenant}/messages/${message}/media`)
  return answer.ok ? hashOf(await answer.bytes()) : `none (${answer.status})`
}
