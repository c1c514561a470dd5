import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageContent } from '@zaptria/contract'
import { z } from 'zod'
import { Credentials } from './frames.ts'

const Outgoing = z.object({
  id: z.string(),
  chat: z.string(),
  body: z.string(),
  t: z.int(),
  type: z.string().optional(),
  content: MessageContent.optional(),
  /** The id of the message that it answers. */
  quoted: z.string().optional(),
  /** `data` in base64: a device for load tests keeps small files only. */
  media: z.object({ mimetype: z.string(), data: z.string(), filename: z.string().nullable() }).optional(),
})
export type Outgoing = z.infer<typeof Outgoing>
const State = z.object({ credentials: Credentials.nullable(), pending: z.array(Outgoing) })
type State = z.infer<typeof State>

const DEVICE_FILE = 'device.json'

/** What a device keeps: its credentials, and what it has sent but nobody has acknowledged. */
export class Store {
  readonly #file: string
  #state: State = { credentials: null, pending: [] }

  constructor(profileDir: string) {
    mkdirSync(profileDir, { recursive: true, mode: 0o700 })
    this.#file = join(profileDir, DEVICE_FILE)
    try {
      this.#state = State.parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      // A new device.
    }
  }

  get credentials(): Credentials | null {
    return this.#state.credentials
  }

  get pending(): readonly Outgoing[] {
    return this.#state.pending
  }

  link(credentials: Credentials): void {
    this.#save({ ...this.#state, credentials })
  }

  /** Throws when it cannot be kept: then it is not pending either. */
  add(outgoing: Outgoing): void {
    const state = { ...this.#state, pending: [...this.#state.pending.filter((one) => one.id !== outgoing.id), outgoing] }
    this.#write(state)
    this.#state = state
  }

  settle(id: string): void {
    const pending = this.#state.pending.filter((one) => one.id !== id)
    if (pending.length !== this.#state.pending.length) this.#save({ ...this.#state, pending })
  }

  forget(): void {
    this.#state = { credentials: null, pending: [] }
    rmSync(this.#file, { force: true })
  }

  /** What has happened is so, written or not: a full disk is tried again with the next change. */
  #save(state: State): void {
    this.#state = state
    try {
      this.#write(state)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }

  #write(state: State): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(state), { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}
