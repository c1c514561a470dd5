import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { SECTIONS } from './commands.ts'
import { run } from './run.ts'
import { typed } from './testing/terminal.ts'

async function scriptFor(shell: string): Promise<string> {
  let script = ''
  const out = (text: string): void => void (script += text)
  const code = await run(SECTIONS, ['completion', shell], { out, err: out, signal: new AbortController().signal, terminal: typed() })
  expect(code).toBe(0)
  return script
}

/** What bash would offer after these words, the last of them half typed. */
async function offered(...words: string[]): Promise<string[]> {
  const program = `${await scriptFor('bash')}
COMP_WORDS=(zaptria "$@"); COMP_CWORD=$#; _zaptria; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', program, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

describe('completion in bash', () => {
  it('offers commands, their second words, and their options', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['tenants', 'bots', 'pair', 'send', 'flow', '--help']))
    expect(await offered('te')).toEqual(['tenants'])
    expect((await offered('bots', 'st')).toSorted()).toEqual(['start', 'stop'])
    expect(await offered('logs', '--f')).toEqual(['--follow'])
    expect(await offered('logs', 'Padaria', '--t')).toEqual(['--tail'])
    expect((await offered('flow', 'publish', 'Padaria', '--')).toSorted()).toEqual(['--help', '--json', '--url'])
  })
})

describe('completion', () => {
  it.each(['zsh', 'fish'])('for %s names every command', async (shell) => {
    const script = await scriptFor(shell)
    for (const { name } of SECTIONS.flatMap(({ commands }) => commands)) expect(script).toContain(`'${name}'`)
  })
})
