import type { FileStore, ListedFile } from '../files/port.ts'

/** A file is in the store before its row says so; and an upload waits for the message that is to carry it. */
const ORPHAN_MS = 24 * 3600_000
const BATCH = 500

type Named = Pick<ListedFile, 'tenantId' | 'sha256'>

/** Removes the files, a day old, that no row names: `orphans` says which of these that are. Rows go first, then the bytes. */
export async function removeOrphans(
  files: FileStore,
  now: Date,
  orphans: (batch: readonly ListedFile[]) => Promise<readonly Named[]>,
): Promise<void> {
  await files.clean(now)
  const remove = async (batch: readonly ListedFile[]): Promise<void> => {
    if (batch.length === 0) return
    for (const { tenantId, sha256 } of await orphans(batch)) await files.delete(tenantId, sha256)
  }
  let batch: ListedFile[] = []
  for await (const file of files.list()) {
    if (now.getTime() - file.writtenAt.getTime() > ORPHAN_MS) batch.push(file)
    if (batch.length < BATCH) continue
    await remove(batch)
    batch = []
  }
  await remove(batch)
}
