/** A program that puts and gets a large file, and says how much memory it ever took before and after. */
import { readFileSync } from 'node:fs'
import { randomBytes, randomUUID } from 'node:crypto'
import type { S3Settings } from './client.ts'
import { createS3Store } from './index.ts'

const MIB = 1024 * 1024
const [spoolDir = '', settings = '', mebibytes] = process.argv.slice(2)
const store = createS3Store(JSON.parse(settings) as S3Settings, { spoolDir })
const tenant = randomUUID()
let bytes = 0

/** As from a socket: in small pieces, over time. */
async function* file(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mebibytes * 16; i += 1) {
    await new Promise((done) => setImmediate(done))
    const piece = randomBytes(MIB / 16)
    bytes += piece.length
    yield piece
  }
}

const throughAndBack = async (mebibytes: number): Promise<void> => {
  const { sha256 } = await store.put(tenant, file(mebibytes), { maxBytes: mebibytes * MIB })
  for await (const chunk of (await store.get(tenant, sha256))!) bytes += (chunk as Buffer).length
}

/** In bytes; of this program alone, unlike what `resourceUsage` tells. */
const most = (): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
// What every request loads and warms is not the file's.
await throughAndBack(1)
const before = most()
bytes = 0
await throughAndBack(Number(mebibytes))
process.stdout.write(JSON.stringify({ before, after: most(), bytes }))
await store.close()
