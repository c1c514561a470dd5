import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export type Loaded = { file: string; gzipBytes: number }

/** The JavaScript that the built page names itself, and so loads before anything is drawn: its scripts and what it preloads for them. */
export async function initialJavaScript(dist: string): Promise<Loaded[]> {
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const named = [...html.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="\/([^"]+\.js)"/g)].map(([, file]) => file ?? '')
  return Promise.all([...new Set(named)].map((file) => compressed(dist, file)))
}

export async function compressed(dist: string, file: string): Promise<Loaded> {
  return { file, gzipBytes: gzipSync(await readFile(join(dist, file)), { level: 9 }).length }
}
