import { randomBytes, randomUUID } from 'node:crypto'
import { constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { access, open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Bot, Snapshot, TRANSFER_KEY_HEADER, TransferKey } from '@zaptria/contract'
import { ApiProblem } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { askSecret } from '../ask-secret.ts'
import { Problem, UsageError } from '../command.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { findSnapshot, sizeOf, snapshotArgument } from './find.ts'

const ORDER = `To move a customer: take a last snapshot there, stop its bot there, export, import, start its bot here. Two installations that have one session
open replace each other, so the old one has to be stopped first, and must not be unlinked: that ends the session everywhere.`

export const snapshotsExport = apiCommand({
  name: 'snapshots export',
  summary: 'write a snapshot of a session into a file, for another installation',
  details: `The file is sealed with a key that is made for it and is not in it: shown once, or written to the file of --key-to. Whoever has both has the
session. ${ORDER}`,
  examples: ['zaptria snapshots export "Padaria da Praça" --to padaria.zaptria --key-to padaria.key'],
  arguments: { tenant: tenantArgument, snapshot: snapshotArgument },
  options: {
    to: { kind: 'value', placeholder: 'FILE', summary: 'where it is written; nothing may be there yet', parse: String },
    'key-to': { kind: 'value', placeholder: 'FILE', summary: 'write the key there (0600), and do not show it', parse: String },
  },
  run: async (api, { tenant, snapshot: said, to, 'key-to': keyTo }, { signal }) => {
    if (to === undefined) throw new UsageError('--to FILE is needed: where the snapshot is written.')
    if (keyTo !== undefined && resolve(keyTo) === resolve(to)) throw new UsageError('--key-to must be another file than --to.')
    const { name, path, snapshot } = await findSnapshot(api, tenant, said)
    const bot = await api.call('GET', path.replace(/\/snapshots\/.*/, ''), Bot)
    if (existsSync(to)) throw new Problem(`${to} is there already.`, 'Name another file, or remove it.')
    const key = `ztk_${randomBytes(32).toString('base64url')}`
    // First: a file whose key is lost is of no use.
    if (keyTo !== undefined) writeNew(keyTo, `${key}\n`)
    let bytes: number
    try {
      bytes = await writeWhole(to, await api.download(`${path}/export`, { transfer_key: key }), signal)
    } catch (error) {
      if (keyTo !== undefined) rmSync(keyTo, { force: true })
      throw error
    }
    const quoted = JSON.stringify(name)
    const lines = [
      `${to} has the session of +${snapshot.number} as of ${snapshot.taken_at} (${sizeOf(bytes)}).`,
      ...(keyTo === undefined
        ? [`Its key, shown this once: ${key}`, 'Keep it apart from the file: whoever has both has the session.']
        : [`${keyTo} has its key. Keep it apart from the file: whoever has both has the session.`]),
      bot.desired === 'running'
        ? `${name} still runs here. Before its session is opened elsewhere: zaptria bots stop ${quoted}`
        : `${name} is stopped here. Once its session is opened elsewhere, neither start nor unlink it here.`,
    ]
    return {
      code: 0,
      data: { snapshot, file: to, size_bytes: bytes, ...(keyTo === undefined ? { transfer_key: key } : { key_file: keyTo }) },
      text: `${lines.join('\n')}\n`,
    }
  },
})

export const snapshotsImport = apiCommand({
  name: 'snapshots import',
  summary: 'make a snapshot of a session out of a file of "snapshots export"',
  details: `The key is read from the file of --key-file, else asked for or read from standard input; it is never an argument. All of the file is verified
before anything is kept. Nothing is opened by that: a bot that was never linked opens the session when it starts next. ${ORDER}`,
  examples: ['zaptria snapshots import "Padaria da Praça" padaria.zaptria --key-file padaria.key'],
  arguments: { tenant: tenantArgument, file: { summary: 'what "snapshots export" wrote', parse: String } },
  options: {
    'key-file': { kind: 'value', placeholder: 'FILE', summary: 'what "snapshots export --key-to" wrote', parse: String },
    force: { kind: 'flag', summary: 'also when another tenant here is linked to its number' },
  },
  run: async (api, { tenant, file, 'key-file': keyFile, force }, { terminal }) => {
    const { id, name } = await findTenant(api, tenant)
    const path = `/tenants/${id}/bot`
    const bot = await api.call('GET', path, Bot)
    await mustBeFile(file)
    const key = TransferKey.safeParse(keyFile === undefined ? await askSecret(terminal, 'The key of its export: ') : readKey(keyFile))
    if (!key.success)
      throw new Problem(
        keyFile === undefined ? 'That is not a key of an export.' : `${keyFile} has no key of an export.`,
        'It begins with ztk_, and was shown or written when the file was made.',
      )
    const headers = { [TRANSFER_KEY_HEADER]: key.data, 'idempotency-key': randomUUID() }
    const query = force ? '?force=true' : ''
    const snapshot = await api.upload(`${path}/snapshots/import${query}`, Snapshot, file, headers).catch((error: unknown) => {
      if (!(error instanceof ApiProblem) || error.code !== 'number_linked_elsewhere') throw error
      throw new Problem(error.message, 'Nothing was imported. When it is meant: the same once more with --force.', { cause: error })
    })
    const lines = [
      `${name} has the session of +${snapshot.number} as of ${snapshot.taken_at}: snapshot ${snapshot.id}. It is not opened yet.`,
      'Its bot must be stopped where it comes from, and stay so: two with one session replace each other.',
      `Then: ${nextOf(name, bot, snapshot)}`,
    ]
    return { code: 0, data: snapshot, text: `${lines.join('\n')}\n` }
  },
})

/** How the session is opened. */
function nextOf(name: string, { number, desired }: Bot, { id }: Snapshot): string {
  const quoted = JSON.stringify(name)
  const start = `zaptria bots start ${quoted}`
  if (number === null) return desired === 'running' ? `zaptria bots restart ${quoted}` : start
  return `${desired === 'running' ? '' : `${start}, then `}zaptria snapshots restore ${quoted} ${id}`
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw notWritten(file, error)
  }
}

/** For its owner's eyes alone, and there whole or not at all. @returns how many bytes it has */
async function writeWhole(file: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
  const partial = `${file}.partial`
  const out = await open(partial, 'wx', 0o600).catch((error: unknown) => {
    throw notWritten(partial, error)
  })
  let size = 0
  try {
    for await (const chunk of throwing(bytes, signal)) {
      await out.appendFile(chunk).catch((error: unknown) => {
        throw notWritten(partial, error)
      })
      size += chunk.length
    }
    await out.sync()
    await out.close()
    await rename(partial, file)
    return size
  } catch (error) {
    await out.close().catch(() => {})
    await rm(partial, { force: true })
    throw error
  }
}

const notWritten = (file: string, error: unknown): Problem =>
  new Problem(`${file} cannot be written: ${(error as Error).message}`, 'Name a file that is not there yet, where there is room.', {
    cause: error,
  })

async function* throwing(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await source.next().catch((error: unknown) => {
      signal.throwIfAborted()
      throw new Problem('The export broke off: no file was written.', 'Is the snapshot whole? zaptria snapshots verify', { cause: error })
    })
    if (done === true) return
    yield value
  }
}

async function mustBeFile(file: string): Promise<void> {
  const reason = await access(file, constants.R_OK).then(
    async () => ((await stat(file)).isFile() ? null : 'it is no file'),
    (error: Error) => error.message,
  )
  if (reason !== null) throw new Problem(`${file} cannot be read: ${reason}`, 'It is written by: zaptria snapshots export')
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, 'It is written by: zaptria snapshots export --key-to', {
      cause: error,
    })
  }
}
