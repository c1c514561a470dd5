/**
 * Preloaded into a bot (`--import die.ts?file=…`): at the moment that the file names it is dead, as of `kill -9`. The next one lives, since the file is gone.
 * `packs <bytes>`: so much of a snapshot's archive is written. `in place`: a restored session is whole beside its place, and is about to be moved there.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const file = new URL(import.meta.url).searchParams.get('file')
if (file === null) throw new Error('die.ts needs ?file=')

const moment = (): string => {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
const die = (): void => {
  fs.rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}

const { createWriteStream } = fs
fs.createWriteStream = (path, options) => {
  const stream = createWriteStream(path, options)
  const most = /^packs (\d+)$/.exec(moment())?.[1]
  if (most === undefined || !String(path).endsWith('/snapshot/archive')) return stream
  let written = 0
  const write = stream._write.bind(stream)
  // Chunk by chunk: else those that have gathered are written, and counted, at once.
  stream._writev = undefined!
  stream._write = (chunk: Buffer, encoding, done) => {
    write(chunk, encoding, (error) => {
      written += chunk.length
      if (written >= Number(most)) die()
      done(error)
    })
  }
  return stream
}

const { rename } = fs.promises
fs.promises.rename = (from, to) => {
  if (String(from).endsWith('/restore/session') && moment() === 'in place') die()
  return rename(from, to)
}

syncBuiltinESMExports()
