import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unsupported } from './modules/unsupported.ts'

const root = dirname(createRequire(import.meta.url).resolve('whatsapp-web.js/package.json'))

/** Every module name in the library's sources, as `require('…')`, `module: '…'` or however else it is written. */
const namesUsed = (): string[] => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  const text = files.map((name) => readFileSync(join(root, 'src', name), 'utf8')).join('\n')
  return [...new Set([...text.matchAll(/['"`](WA[A-Za-z0-9]+)['"`]/g)].map((match) => match[1] ?? ''))].toSorted()
}

describe("the page's modules, against the installed whatsapp-web.js", () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const folder = new URL('./modules/', import.meta.url)
  const made = readdirSync(folder)
    .filter((name) => name.startsWith('WA'))
    .map((name) => name.replace('.ts', ''))

  it('know every name that it uses, as simulated or as left out on purpose', () => {
    const used = namesUsed()
    expect(used.length).toBeGreaterThan(100)
    const unknown = used.filter((name) => !made.includes(name) && !unsupported.includes(name))
    expect(unknown, `whatsapp-web.js ${version} uses modules that the Lab has never heard of`).toEqual([])
  })

  it('leave out only what it uses, and nothing that is simulated', () => {
    const used = namesUsed()
    expect(unsupported.filter((name) => !used.includes(name))).toEqual([])
    expect(unsupported.filter((name) => made.includes(name))).toEqual([])
  })

  it('are all in the index, one file each', () => {
    const index = readFileSync(new URL('index.ts', folder), 'utf8')
    const listed = [...index.matchAll(/^ {2}(WA\w+),$/gm)].map((match) => match[1] ?? '')
    expect(listed.toSorted()).toEqual(made.toSorted())
  })
})
