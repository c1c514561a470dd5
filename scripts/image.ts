import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBase } from './image/base.ts'
import { buildImage, timesOf, type Built } from './image/build.ts'
import { IMAGES, type ImageName } from './image/context.ts'
import { docker } from './image/docker.ts'
import { readSource } from './image/source.ts'
import { readArguments, runProgram, UsageError } from './usage.ts'

const ROOT = join(import.meta.dirname, '..')
const USAGE = `npm run image [-- [bot] [control-plane] [options]]
  --tag T      this tag instead of the version and latest; may be given more than once
  --base B     the image to build on, or debootstrap to make one here from Debian's packages
  --fresh      fetches everything again: base, packages
  --json       says what was built as JSON`

await runProgram(USAGE, main)

async function main(): Promise<void> {
  const { values, positionals } = readArguments({
    allowPositionals: true,
    options: {
      tag: { type: 'string', multiple: true },
      base: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const wanted = positionals.map((name) => {
    if (!IMAGES.includes(name as ImageName))
      throw new UsageError(`There is no image ${JSON.stringify(name)}. There are: ${IMAGES.join(', ')}.`)
    return name as ImageName
  })
  // Progress goes to standard error: standard output is the answer.
  const tell = (text: string): void => console.error(`• ${text}`)
  const scratch = join(ROOT, 'var/image')
  mkdirSync(scratch, { recursive: true })
  const architecture = await docker.architecture()
  const source = await readSource(ROOT, process.env)
  const common = { scratch, architecture, fresh: values.fresh, tell }
  const base = await ensureBase({ ...common, wanted: values.base, timeOf: timesOf(source.date), now: new Date() })
  const built: Built[] = []
  for (const image of wanted.length === 0 ? IMAGES : new Set(wanted))
    built.push(await buildImage(image, { ...common, root: ROOT, base, source, tags: values.tag ?? [source.version, 'latest'] }))
  console.log(values.json ? JSON.stringify({ base, images: built }) : report(base, built))
}

function report(base: { name: string; from: string }, built: readonly Built[]): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1).padStart(7)
  const lines = [`Base: ${base.name}, ${base.from}`]
  for (const { tags, id, built: made, bytes, layers } of built) {
    lines.push('', `${tags.join(', ')} ${made ? 'built' : 'unchanged'}: ${id}`)
    for (const { what, bytes: of } of layers) lines.push(`${megabytes(of)} MB  ${what}`)
    lines.push(`${megabytes(bytes)} MB  in all`)
  }
  return lines.join('\n')
}
