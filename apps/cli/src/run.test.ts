import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { command, Problem } from './command.ts'
import { SECTIONS } from './commands.ts'
import type { Section } from './help.ts'
import { run } from './run.ts'
import { typed } from './testing/terminal.ts'

const seen: unknown[] = []
const TABLE = [
  command({
    name: 'cake bake',
    summary: 'bake a cake',
    options: {
      layers: { kind: 'value', placeholder: 'N', summary: 'how many', parse: Number },
      fruit: { kind: 'values', placeholder: 'NAME', summary: 'what goes in', parse: String },
      dry: { kind: 'flag', summary: 'only say' },
    },
    run: async (given, { say }) => {
      seen.push(given)
      say('baking')
      return Promise.resolve({ code: 0, data: { baked: true } })
    },
  }),
  command({
    name: 'cake slice',
    summary: 'cut it',
    examples: ['zaptria cake slice fig 8 --thin'],
    arguments: { cake: { summary: 'which', parse: String }, pieces: { summary: 'how many', parse: Number, optional: true } },
    options: { thin: { kind: 'flag', short: 't', summary: 'thinner' } },
    run: (given) => {
      seen.push(given)
      return Promise.resolve({ code: 0, data: undefined })
    },
  }),
  command({ name: 'cake eat', summary: 'eat it', options: {}, run: () => Promise.reject(new Problem('There is no cake.', 'Bake one.')) }),
  command({ name: 'look', summary: 'look around', options: {}, run: () => Promise.resolve({ code: 1, data: { found: 2 }, text: 'raw' }) }),
]

const COMMANDS = SECTIONS.flatMap(({ commands }) => commands)

async function zaptria(
  line: string,
  table: readonly Section[] = [{ commands: TABLE }],
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const argv = line.split(' ').filter((word) => word !== '')
  const code = await run(table, argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    signal: new AbortController().signal,
    terminal: typed(),
  })
  return { code, out, err }
}

describe('the command line', () => {
  it.each([
    ['cake bake', { layers: undefined, fruit: [], dry: false }],
    ['cake bake --layers 3 --dry', { layers: 3, fruit: [], dry: true }],
    ['cake bake --fruit fig --layers=2 --fruit=plum', { layers: 2, fruit: ['fig', 'plum'], dry: false }],
    ['cake bake --layers -1', { layers: -1, fruit: [], dry: false }],
    ['cake slice fig', { cake: 'fig', thin: false }],
    ['cake slice -t fig 8', { cake: 'fig', pieces: 8, thin: true }],
    ['cake slice fig --thin 8', { cake: 'fig', pieces: 8, thin: true }],
    ['cake slice -- --fig -8', { cake: '--fig', pieces: -8, thin: false }],
  ])('reads %j', async (line, given) => {
    expect(await zaptria(line)).toMatchObject({ code: 0, err: '' })
    expect(seen.at(-1)).toEqual(given)
  })

  it.each([
    ['bread', 'There is no command "bread". There are: cake bake, cake slice, cake eat, look. More: zaptria --help\n'],
    ['cake burn', 'There is no command "cake burn". There are: cake bake, cake slice, cake eat. More: zaptria --help\n'],
    ['cake slise fig', 'There is no command "cake slise fig". There are: cake bake, cake slice, cake eat. More: zaptria --help\n'],
    ['cakes slice fig', 'There is no command "cakes slice fig". Did you mean: cake slice? More: zaptria --help\n'],
    ['lok', 'There is no command "lok". Did you mean: look? More: zaptria --help\n'],
    ['--dry', 'The command comes first, then its options. There are: cake bake, cake slice, cake eat, look. More: zaptria --help\n'],
    ['cake bake --color red', 'There is no option --color of "zaptria cake bake". See: zaptria cake bake --help\n'],
    ['cake bake --toString', 'There is no option --toString of "zaptria cake bake". See: zaptria cake bake --help\n'],
    ['cake slice', 'CAKE is missing: zaptria cake slice CAKE [PIECES]. See: zaptria cake slice --help\n'],
    ['cake slice fig 8 9', '"9" is one word too many. See: zaptria cake slice --help\n'],
    ['cake bake now', '"now" is one word too many. See: zaptria cake bake --help\n'],
    ['cake bake -x', '"-x" is one word too many. See: zaptria cake bake --help\n'],
    ['cake bake --layers', '--layers needs a value: --layers N. See: zaptria cake bake --help\n'],
    ['cake bake --layers --dry', '--layers needs a value: --layers N. See: zaptria cake bake --help\n'],
    ['cake bake --layers 1 --layers 2', '--layers is there twice. See: zaptria cake bake --help\n'],
    ['cake bake --dry=yes', '--dry takes no value. See: zaptria cake bake --help\n'],
  ])('says what to do about %j, with exit code 2', async (line, err) => {
    expect(await zaptria(line)).toEqual({ code: 2, out: '', err })
  })

  it('says what there is of a family that is named alone, as it does of all', async () => {
    const alone = await zaptria('cake')
    expect(alone).toEqual({ code: 2, out: expect.stringMatching(/cake bake +bake a cake\n[^]*cake eat +eat it/) as string, err: '' })
    expect(alone.out).not.toContain('look around')
    expect((await zaptria('cake --help')).out).toBe(alone.out)
    expect((await zaptria('')).code).toBe(alone.code)
    for (const { name } of COMMANDS.filter((each) => each.name.includes(' '))) {
      const family = name.split(' ')[0]!
      if (COMMANDS.some((each) => each.name === family)) continue
      expect((await zaptria(family, SECTIONS)).out, family).toContain(name)
    }
  })

  it('says its version, which is the one of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(await zaptria('--version')).toEqual({ code: 0, out: `zaptria ${version}\n`, err: '' })
    expect(await zaptria('--version --json')).toEqual({ code: 0, out: `{\n  "version": "${version}"\n}\n`, err: '' })
    expect(await zaptria('look --version')).toMatchObject({ code: 2 })
  })

  it('says what is wrong and how to mend it, with exit code 1', async () => {
    expect(await zaptria('cake eat')).toEqual({ code: 1, out: '', err: 'There is no cake.\nBake one.\n' })
  })

  it('prints one JSON document, and nothing else, with --json', async () => {
    expect(await zaptria('cake bake --json')).toEqual({ code: 0, out: '{\n  "baked": true\n}\n', err: '' })
    expect(await zaptria('look --json')).toEqual({ code: 1, out: '{\n  "found": 2\n}\n', err: '' })
    const { code, out } = await zaptria('cake eat --json')
    expect({ code, out: JSON.parse(out) as unknown }).toEqual({ code: 1, out: { error: 'There is no cake.', hint: 'Bake one.' } })
  })

  it('prints text as it is', async () => {
    expect(await zaptria('look')).toEqual({ code: 1, out: 'raw', err: '' })
  })

  it.each(['cake bake --help', 'cake bake --dry -h', 'help cake bake'])('helps with %j', async (line) => {
    const { code, out } = await zaptria(line)
    expect(code).toBe(0)
    expect(out).toMatch(/^zaptria cake bake: bake a cake\.$/m)
    expect(out).toMatch(/^ {2}--fruit NAME … +what goes in$/m)
  })

  it('helps with words, letters and examples', async () => {
    const { out } = await zaptria('cake slice --help')
    expect(out).toMatch(/^zaptria cake slice CAKE \[PIECES\] \[OPTIONS\]$/m)
    expect(out).toMatch(/^ {2}--thin, -t +thinner$/m)
    expect(out).toMatch(/^For example:\n {2}zaptria cake slice fig 8 --thin$/m)
  })

  it.each(['cake --help', 'cake -h', 'help cake'])('lists the commands that begin with a word with %j', async (line) => {
    const { code, out } = await zaptria(line)
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}cake bake +bake a cake$/m)
    expect(out).toMatch(/^ {2}cake eat +eat it$/m)
    expect(out).not.toContain('look around')
  })

  it('lists the commands when asked, or when nothing was', async () => {
    for (const [line, code] of [
      ['--help', 0],
      ['help', 0],
      ['', 2],
    ] as const) {
      const said = await zaptria(line)
      expect(said.code).toBe(code)
      expect(said.out).toMatch(/^ {2}cake eat +eat it$/m)
    }
  })
})

describe('the commands of zaptria', () => {
  it('have names of their own, and help that names every option', async () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
    for (const { name, options, arguments: words = {} } of COMMANDS) {
      const { code, out } = await zaptria(`${name} --help`, SECTIONS)
      expect(code).toBe(0)
      for (const option of Object.keys(options)) expect(out).toContain(`  --${option}`)
      // Both are given under their names: an argument that is called as an option would be taken for it.
      expect(
        Object.keys(words).filter((word) => Object.hasOwn(options, word)),
        name,
      ).toEqual([])
    }
  })

  it.each([
    ['host setup --backend ufw', /one of auto, nft, iptables/],
    ['host setup --listen 10.0.0.1', /an address and a port/],
    ['host setup --listen 10.0.0.1:0', /an address and a port/],
    ['host setup --listen 10.0.0.1:70000', /an address and a port/],
    ['host setup --listen 0.0.0.0:8081', /one address is needed, not all/],
    ['host setup --listen 10.0.0.256:8081', /an IPv4 address/],
    ['host setup --listen 10.0.0.01:8081', /an IPv4 address/],
    ['host setup --listen example.org:8081', /an IPv4 address/],
    ['host setup --allow-dns ::1', /an IPv4 address/],
    ['host setup --allow-dns 1.1.1.1;reboot', /an IPv4 address/],
    ['doctor --internet example.org', /an address and a port/],
  ])('refuse %j', async (line, err) => {
    const said = await zaptria(line, SECTIONS)
    expect(said).toEqual({ code: 2, out: '', err: expect.stringMatching(err) as string })
  })

  it('print the script, and only the script', async () => {
    const { code, out, err } = await zaptria('host setup --print --backend nft', SECTIONS)
    expect({ code, err, start: out.slice(0, 10), end: out.slice(-6) }).toEqual({ code: 0, err: '', start: '#!/bin/sh\n', end: '\nmain\n' })
    const { out: json } = await zaptria('host undo --print --json', SECTIONS)
    expect((JSON.parse(json) as { script: string }).script).toMatch(/^#!\/bin\/sh\n/)
  })
})
