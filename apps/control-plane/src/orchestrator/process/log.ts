import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import path from 'node:path'
import type { InstanceLogLine } from '../port.ts'

const MOST_LINES = 2_000
const MOST_LINE_BYTES = 16 * 1024
const MOST_FILE_BYTES = 10 * 1024 * 1024

/** What an instance prints: the last lines in memory, all of it in a file that is turned over at 10 MB, once. */
export class InstanceLog {
  readonly #file: string
  #lines: InstanceLogLine[] = []
  #partial = ''
  #stream: WriteStream
  #bytes: number

  constructor(file: string) {
    mkdirSync(path.dirname(file), { recursive: true })
    this.#file = file
    this.#bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    this.#stream = this.#openFile()
  }

  write(chunk: string): void {
    const text = this.#partial + chunk
    const lines = text.split('\n')
    this.#partial = lines.pop() ?? ''
    // A program that prints no line end must not fill our memory.
    if (this.#partial.length > MOST_LINE_BYTES) {
      lines.push(this.#partial)
      this.#partial = ''
    }
    for (const line of lines) if (line !== '') this.#add(line.slice(0, MOST_LINE_BYTES))
  }

  tail(count: number): InstanceLogLine[] {
    return this.#lines.slice(-count)
  }

  async close(): Promise<void> {
    if (this.#partial !== '') this.#add(this.#partial)
    this.#partial = ''
    await new Promise<void>((done) => {
      this.#stream.end(() => done())
    })
  }

  #add(line: string): void {
    this.#lines.push({ at: new Date().toISOString(), line })
    // Cut now and then, not with every line.
    if (this.#lines.length > MOST_LINES * 1.5) this.#lines = this.#lines.slice(-MOST_LINES)
    this.#stream.write(`${line}\n`)
    this.#bytes += Buffer.byteLength(line) + 1
    if (this.#bytes > MOST_FILE_BYTES) this.#turnOver()
  }

  #turnOver(): void {
    // The old stream keeps its open file, whatever the name is by then.
    this.#stream.end()
    try {
      renameSync(this.#file, `${this.#file}.1`)
    } catch {
      // Never written: a full disk, most likely.
    }
    this.#bytes = 0
    this.#stream = this.#openFile()
  }

  #openFile(): WriteStream {
    // A full disk costs log lines, never the control plane. Opened at once, so that a rename finds the file.
    return createWriteStream(this.#file, { flags: 'a' }).on('error', () => {})
  }
}
