import type { PageConfig } from '../config.ts'
import { Chats } from './chats.ts'
import { Connection } from './connection.ts'
import { Counter } from './counter.ts'
import { Emitter } from './emitter.ts'
import { nameSerializedField } from './ids.ts'
import { ConnModel, SocketModel } from './models.ts'
import { Outbox } from './outbox.ts'
import type { Page } from './page.ts'
import { Reactions } from './reactions.ts'
import { requireOf } from './registry.ts'
import { PageSession } from './session.ts'
import { Store } from './store.ts'

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** Written to, so that the memory is real. */
const weigh = (megabytes: number): Uint8Array[] => Array.from({ length: megabytes }, () => new Uint8Array(1024 * 1024).fill(1))

const start = async (): Promise<void> => {
  const config = JSON.parse(document.getElementById('config')?.textContent ?? '') as PageConfig
  nameSerializedField(config.serialized)
  const store = await Store.open()
  const keys = await store.keys()
  const credentials = await store.credentials()
  await store.fill(config.storeMb)

  const connection = new Connection({
    hello: () => ({
      type: 'hello',
      protocol: 1,
      credentials: session.credentials,
      keys: { noise: base64(keys.noise), identity: base64(keys.identity), adv: base64(keys.adv), platform: '1' },
      name: (window.require('WAWebMiscBrowserUtils') as { info(): { name: string } }).info().name,
      counter: counter.kept,
      ...session.resume,
    }),
    frame: (frame) => session.handle(frame),
    opening: () => session.opening(),
    lost: () => session.lost(),
  })
  const counter = new Counter(store, connection, await store.counter())
  const reactions = new Reactions()
  const chats = new Chats(connection, reactions)
  const outbox = new Outbox(store, chats, connection, counter)
  await outbox.load()
  const page: Page = {
    config,
    keys,
    connection,
    counter,
    socket: new SocketModel({}),
    conn: new ConnModel({ ref: undefined, platform: undefined, battery: undefined, plugged: undefined }),
    cmd: new Emitter(),
    chats,
    outbox,
    reactions,
    me: null,
  }
  const tellVersion = (): void => {
    if (!config.noVersion) window.Debug = { VERSION: config.version }
  }
  const session = new PageSession(page, store, credentials, tellVersion)
  window.require = requireOf(page, connection)
  window.labBallast = weigh(config.ballastMb)
  // With a fast sync the client sees a page that has synced already.
  if (!config.fastSync || !credentials) tellVersion()
  connection.open()
}

declare global {
  interface Window {
    require: (name: string) => unknown
    Debug: { VERSION: string }
    labBallast: Uint8Array[]
  }
}

await start()
