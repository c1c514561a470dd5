import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import type { Driver } from '../orchestrator/port.ts'
import { noteListened } from '../store/server-states.ts'
import { ago, capacity, log, serversTests } from '../testing/servers.ts'
import type { ServersTest } from '../testing/servers.ts'
import { listenTo } from './servers-listen.ts'

const ANSWERED = { trouble: null, memoryBytes: 8e9, memoryFreeBytes: 4e9 }
const SILENT = { trouble: 'no route to host', memoryBytes: null, memoryFreeBytes: null }

let f: ServersTest['f']
let metrics: ServersTest['metrics']
const { addServer, server, silentFor, heard, ran } = serversTests((test) => ({ f, metrics } = test))

describe('listening to a server', () => {
  it('hears an answer, and counts silence from the last one', async () => {
    await noteListened(f.db, f.serverId, ANSWERED)
    expect(await server(f.serverId)).toMatchObject({
      silent_since: null,
      trouble: null,
      memory_bytes: '8000000000',
      memory_free_bytes: '4000000000',
    })
    const { well_since, heard_at } = await server(f.serverId)
    expect(well_since).toEqual(heard_at)
    await noteListened(f.db, f.serverId, SILENT)
    expect(await server(f.serverId)).toMatchObject({
      silent_since: heard_at,
      well_since: null,
      trouble: 'no route to host',
      memory_bytes: '8000000000',
    })
    await noteListened(f.db, f.serverId, SILENT)
    expect(await server(f.serverId)).toMatchObject({ silent_since: heard_at })
    await noteListened(f.db, f.serverId, ANSWERED)
    expect(await server(f.serverId)).toMatchObject({ silent_since: null, trouble: null })
  })

  it('hears its bots too: an engine that is away while they beat is in trouble, and not silent', async () => {
    const t = await f.makeTenant()
    await noteListened(f.db, f.serverId, ANSWERED)
    await ran(t, { last_beat_at: ago(10) as never })
    await noteListened(f.db, f.serverId, SILENT)
    expect(await server(f.serverId)).toMatchObject({ silent_since: null, trouble: 'no route to host' })
    // Its link broke: what it said before is over.
    await ran(t, { last_beat_at: ago(10) as never, link_replica: null })
    await noteListened(f.db, f.serverId, SILENT)
    expect((await server(f.serverId)).silent_since).not.toBeNull()
    await ran(t, { last_beat_at: ago(19) as never })
    await noteListened(f.db, f.serverId, SILENT)
    expect((await server(f.serverId)).silent_since).not.toBeNull()
  })

  it('does not take our own absence for the server’s', async () => {
    await heard(f.serverId, 3_600, { listened_at: ago(300) as never, heard_at: ago(300) as never })
    await noteListened(f.db, f.serverId, SILENT)
    const { silent_since, listened_at } = await server(f.serverId)
    expect(silent_since).toEqual(listened_at)
    // Also when it was silent before we went.
    await silentFor(f.serverId, 50, { listened_at: ago(40) as never })
    await noteListened(f.db, f.serverId, SILENT)
    const after = await server(f.serverId)
    expect(after.silent_since).toEqual(after.listened_at)
  })

  it('goes on while a driver hangs, and while another one does', async () => {
    const other = await addServer('two')
    const driver = (list: () => Promise<never[]>) => ({ list, capacity }) as unknown as Driver
    const never = new Promise<never[]>(() => {})
    const deps = { db: f.db, log, metrics }
    const loops = [
      listenTo(deps, { id: f.serverId, driver: driver(() => never), mayAct: () => true }, 20, 50),
      listenTo(deps, { id: other, driver: driver(() => Promise.resolve([])), mayAct: () => true }, 20, 50),
    ]
    try {
      await waitFor(async () => (await server(f.serverId)).trouble === 'no answer within 0.05 s', { what: 'the hanging one to be noted' })
      await waitFor(async () => (await server(other)).well_since !== null, { what: 'the other to be heard' })
      const { listened_at } = await server(f.serverId)
      await waitFor(async () => (await server(f.serverId)).listened_at! > listened_at!, { what: 'it to be asked again' })
    } finally {
      await Promise.all(loops.map((loop) => loop.close()))
    }
  })

  it('is for who may act there', async () => {
    let asked = 0
    const driver = { list: () => ((asked += 1), Promise.resolve([])), capacity } as unknown as Driver
    const loop = listenTo({ db: f.db, log, metrics }, { id: f.serverId, driver, mayAct: () => false }, 5)
    const other = listenTo({ db: f.db, log, metrics }, { id: await addServer('two'), driver, mayAct: () => true }, 5)
    await waitFor(() => asked > 2, { what: 'the other to be asked' })
    await Promise.all([loop.close(), other.close()])
    expect((await server(f.serverId)).listened_at).toBeNull()
  })
})
