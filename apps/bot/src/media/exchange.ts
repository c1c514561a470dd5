import { createHash } from 'node:crypto'
import { BOT_MEDIA_PATH, type BotMediaQuery, type SendMedia } from '@zaptria/contract'
import { besideLink, credentials, type Access } from '../sinks/beside-link.ts'

/** The longest that one file may take, either way. */
const MOST_MS = 15 * 60_000

/** What the control plane says to a file. `later`: not now. `unknown_message`: it has no such message, yet. */
export type PutAnswer = 'stored' | 'unknown_message' | 'too_large' | 'damaged' | 'unwanted' | 'later'

/** The control plane does not have the file that it told us to send. */
export class FileMissingError extends Error {
  constructor() {
    super('The control plane does not have the file any more.')
    this.name = 'FileMissingError'
  }
}

/** Files to and from the control plane: HTTP beside the link, at the link's own address and with its credentials. Never whole in memory. */
export const createExchange = (options: Access) => {
  const base = besideLink(options.linkUrl, BOT_MEDIA_PATH)
  const headers = credentials(options)
  const within = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)])

  return {
    /** Rejects when the network does, and with what `bytes` throws. */
    async put(key: BotMediaQuery, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<PutAnswer> {
      const url = new URL(base)
      for (const [name, value] of Object.entries(key)) if (value !== undefined) url.searchParams.set(name, value)
      let broken: unknown
      const body = ReadableStream.from(
        (async function* () {
          try {
            yield* bytes
          } catch (error) {
            broken = error
            throw error
          }
        })(),
      )
      try {
        const answer = await fetch(url, {
          method: 'PUT',
          headers: { ...headers, 'content-type': 'application/octet-stream' },
          body,
          duplex: 'half',
          signal: within(signal),
        })
        await answer.body?.cancel()
        return meaningOf(answer.status)
      } catch (error) {
        // fetch hides it behind an error of its own.
        throw broken ?? error
      }
    },

    /** Rejects with a FileMissingError when there is none; reading it throws when it is not the file that was named. */
    async get(file: Pick<SendMedia, 'media_id' | 'sha256'>, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
      const url = new URL(base)
      url.pathname = `${base.pathname}/${file.media_id}`
      const answer = await fetch(url, { headers, signal: within(signal) })
      if (answer.status === 404 || answer.status === 410) throw new FileMissingError()
      if (!answer.ok || answer.body === null) throw new Error(`the control plane answers ${answer.status}`)
      return checked(answer.body, file.sha256)
    },
  }
}
export type Exchange = ReturnType<typeof createExchange>

const meaningOf = (status: number): PutAnswer => {
  if (status >= 200 && status < 300) return 'stored'
  switch (status) {
    case 404:
      return 'unknown_message'
    case 410:
      return 'unwanted'
    case 413:
      return 'too_large'
    case 400:
    case 422:
      return 'damaged'
    default:
      return 'later'
  }
}

async function* checked(bytes: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') !== sha256) throw new Error('the file was damaged on its way from the control plane')
}
