import type { PageConfig } from '../config.ts'
import type { WireMe } from '../../wire/frames.ts'
import type { Chats } from './chats.ts'
import type { Connection } from './connection.ts'
import type { Counter } from './counter.ts'
import type { Emitter } from './emitter.ts'
import type { ConnModel, SocketModel } from './models.ts'
import type { Outbox } from './outbox.ts'
import type { Reactions } from './reactions.ts'
import type { KeyMaterial } from './store.ts'

/** What a `WA*` module works on. */
export type Page = {
  config: PageConfig
  keys: KeyMaterial
  connection: Connection
  counter: Counter
  socket: SocketModel
  conn: ConnModel
  cmd: Emitter
  chats: Chats
  outbox: Outbox
  reactions: Reactions
  /** Null until linked. */
  me: WireMe | null
}
