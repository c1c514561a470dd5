import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'

/** POSTs a file as it is read from the disk. (fetch takes all of a body into memory, however slowly it leaves.) */
export async function uploadFile(
  address: URL,
  file: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ ok: boolean; status: number; text: string }> {
  const { size } = await stat(file)
  const { request: begin } = address.protocol === 'https:' ? https : http
  const request = begin(address, { method: 'POST', headers: { ...headers, 'content-length': size }, signal })
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => void request.once('response', resolve).once('error', reject))
  // Also an answer that comes before all was sent counts; what breaks the connection is told by `answered`.
  const sending = pipeline(createReadStream(file), request).catch(() => {})
  try {
    const answer = await answered
    const status = answer.statusCode ?? 0
    return { ok: status >= 200 && status < 300, status, text: await text(answer) }
  } finally {
    request.destroy()
    await sending
  }
}
