import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FlowInput } from '@zaptria/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../run.ts'
import { typed } from '../testing/terminal.ts'
import { flowTry } from './try.ts'

const FLOW: FlowInput = {
  format: 1,
  name: 'Padaria',
  trigger: { type: 'keyword', operator: 'contains', values: ['oi'] },
  start: 'menu',
  nodes: {
    menu: {
      type: 'menu',
      text: 'Olá, {{push_name}}!',
      options: [
        { label: 'Pão', next: 'later' },
        { label: 'Pessoa', next: 'person' },
      ],
    },
    later: { type: 'wait', minutes: 2 * 24 * 60, next: 'again' },
    again: { type: 'text', text: 'E o pão,\nestava bom?' },
    person: { type: 'handover', text: 'Já vem.' },
  },
}

async function tried(lines: string[], ...options: string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-flow-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'flow.json')
  writeFileSync(file, JSON.stringify(FLOW))
  let said = ''
  const out = (text: string): void => void (said += text)
  const around = { out, err: out, signal: new AbortController().signal, terminal: typed(...lines) }
  expect(await run([{ commands: [flowTry] }], ['flow', 'try', file, ...options], around)).toBe(0)
  return said
}

describe('a flow that is tried in the terminal', () => {
  it('talks, lets days pass, and calls a person', async () => {
    expect(
      await tried(['bom dia', 'oi', '1', '/wait 47h', '/wait 1h', 'oi', '2', 'alguém?', '/back', 'oi', '/quit', 'oi'], '--name', 'Bia'),
    ).toBe(
      `> bom dia
(no answer)
> oi
  Olá, Bia!

  1. Pão
  2. Pessoa
> 1
(the flow waits; /wait lets time pass)
> /wait 47h
> /wait 1h
  E o pão,
  estava bom?
(the flow is over; the next message starts it anew)
> oi
  Olá, Bia!

  1. Pão
  2. Pessoa
> 2
  Já vem.
(a person is called, and the bot falls silent; /back gives it back)
> alguém?
(a person answers; /back gives it back)
> /back
(the bot answers again)
> oi
  Olá, Bia!

  1. Pão
  2. Pessoa
`,
    )
  })

  it('says what its own words are', async () => {
    expect(await tried(['/wait', '/vars', '/help'])).toBe(`> /wait
(how long? For example: /wait 90m, /wait 2h, /wait 3d)
> /vars
(the flow is not under way)
> /help
(there are: /wait, /vars, /back, /new, /quit)
`)
  })

  it('is one JSON document with --json', async () => {
    expect(JSON.parse(await tried(['oi'], '--json'))).toMatchObject({
      talk: [{ kind: 'heard', text: 'oi' }, { kind: 'reply' }],
      waiting: { node: 'menu' },
    })
  })
})
