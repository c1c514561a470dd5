import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { ByteRange } from '../port.ts'

/** So often in a row an answer may break off without a byte of it having come. */
const BREAKS = 3

type Reading = {
  first: Dispatcher.ResponseData
  /** Where in the file it begins. */
  start: number
  /** Asks for what is left. Null: the file is gone. */
  open: (part: ByteRange) => Promise<Dispatcher.ResponseData | null>
  /** Ends the request that is under way. */
  ending: AbortController
}

/** The bytes of an answer as a stream; whoever destroys it ends the request, at once and in the middle of a wait. */
export function streamOf(reading: Reading): Readable {
  const bytes = readAll(reading)
  return new Readable({
    read() {
      bytes.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    },
    destroy(error, done) {
      reading.ending.abort()
      done(error)
    },
  })
}

/** Where an answer breaks off, another one goes on: what a hash names never changes. */
async function* readAll({ first, start, open, ending }: Reading): AsyncGenerator<Uint8Array, void, void> {
  let at = start
  const end = at + lengthOf(first)
  let answer = first
  for (let breaks = 0; ;) {
    try {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        at += chunk.length
        breaks = 0
        yield chunk
      }
      return
    } catch (error) {
      if (ending.signal.aborted || (breaks += 1) > BREAKS) throw error
    }
    if (at >= end) return
    const next = await open({ start: at, end: end - 1 })
    if (next === null) throw new Error('the file was deleted while it was read')
    answer = next
  }
}

function lengthOf({ headers }: Dispatcher.ResponseData): number {
  const length = Number(headers['content-length'])
  if (!Number.isSafeInteger(length)) throw new Error('an answer without a length')
  return length
}
