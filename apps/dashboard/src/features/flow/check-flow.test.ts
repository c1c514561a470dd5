import { parseFlow, SAMPLE_FLOW } from '@zaptria/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createI18n } from '../../i18n/setup.ts'
import { checkFlow } from './check-flow.ts'
import { issueText } from './issue-text.ts'
import { jsonPlaces, lineOf, placeOf } from '@zaptria/core'

const i18n = createI18n('pt-BR')
const t = (id: string, values?: Record<string, string | number>) => i18n._(id, values)
const sample = (change: (flow: typeof SAMPLE_FLOW) => unknown) => JSON.stringify(change(structuredClone(SAMPLE_FLOW)), null, 2)
const base = { format: 1, name: 'x', trigger: { type: 'any' }, start: 'a' }

describe('the flow’s check', () => {
  it('has nothing against the sample', () => {
    const { flow, issues, warnings } = checkFlow(
      sample((flow) => flow),
      'pt-BR',
      t,
    )
    expect({ issues, warnings, name: flow?.name }).toEqual({ issues: [], warnings: [], name: 'Atendimento' })
  })

  it('points at the line where the text stops being JSON', () => {
    const { issues } = checkFlow('{\n  "format": 1,\n  "name": "x"\n  "start": "a"\n}', 'pt-BR', t)
    expect(issues).toMatchObject([{ path: '', line: 4, text: expect.stringContaining('deixa de ser JSON') }])
  })

  it('says in the reader’s language which field is wrong', () => {
    const text = sample((flow) => ({ ...flow, name: 5 }))
    expect(checkFlow(text, 'pt-BR', t).issues).toMatchObject([
      { path: 'name', line: 3, text: 'Entrada inválida: esperava um texto, recebeu um número' },
    ])
    expect(checkFlow(text, 'en', t).issues[0]?.text).toMatch(/^Invalid input: expected string/)
  })

  it.each([
    ['a node that is not there', { a: { type: 'text', text: 'x', next: 'b' } }, 'nodes.a.next', 'Não existe um nó chamado “b”.'],
    ['a text that is blank', { a: { type: 'text', text: ' ' } }, 'nodes.a.text', 'Falta o texto: não pode ficar em branco.'],
    [
      'a circle',
      { a: { type: 'text', text: 'x', next: 'a' } },
      'nodes.a.next',
      'Volta a “a” sem nunca esperar uma resposta: giraria sem fim.',
    ],
    [
      'a name that is WhatsApp’s',
      { a: { type: 'set', variable: 'phone', value: '1' } },
      'nodes.a.variable',
      '“phone” vem do WhatsApp e não pode ser mudado.',
    ],
    [
      'a place for after a time that is not said',
      { a: { type: 'ask', save_as: 'x', on_timeout: 'a' } },
      'nodes.a.on_timeout',
      'Falta “timeout_minutes”: depois de quantos minutos sem resposta ir para cá.',
    ],
    [
      'a type that does not exist',
      { a: { type: 'dance' } },
      'nodes.a.type',
      "Este tipo não existe. Os tipos são 'text', 'menu', 'ask', 'condition', 'set', 'wait', 'handover', 'end'.",
    ],
    [
      'a node’s name',
      { 'A b': { type: 'end' }, a: { type: 'end' } },
      'nodes.A b',
      'Nome de nó: letras minúsculas, dígitos, - e _, começando por letra.',
    ],
  ])('names %s', (_, nodes, path, text) => {
    const { issues } = checkFlow(JSON.stringify({ ...base, nodes }), 'pt-BR', t)
    expect(issues).toMatchObject([{ path, text }])
  })

  it('names what leads to nothing beside whatever else is wrong', () => {
    const text = JSON.stringify({ ...base, name: 5, start: 'z', nodes: { a: { type: 'text', next: 'b' }, c: { type: 'end' } } })
    expect(checkFlow(text, 'pt-BR', t).issues.map(({ path, text: said }) => [path, said])).toEqual([
      ['name', 'Entrada inválida: esperava um texto, recebeu um número'],
      ['nodes.a.text', expect.any(String)],
      ['start', 'Não existe um nó chamado “z”.'],
      ['nodes.a.next', 'Não existe um nó chamado “b”.'],
    ])
  })

  it.each(['(a+)+', '(?=a)', '(a)\\1', '[', '(a{1000}){1000}'])('has words for the pattern %s', (value) => {
    const nodes = { a: { type: 'condition', cases: [{ operator: 'regex', value, next: 'b' }] }, b: { type: 'end' } }
    const parsed = parseFlow({ ...base, nodes })
    const [issue] = parsed.ok ? [] : parsed.issues
    expect(issue).toBeDefined()
    expect(issueText(issue?.message ?? '', t)).toMatch(/^A expressão regular/)
  })

  it('remarks on what nothing leads to, and lets it pass', () => {
    const { flow, warnings } = checkFlow(JSON.stringify({ ...base, nodes: { a: { type: 'end' }, b: { type: 'end' } } }), 'pt-BR', t)
    expect(flow).not.toBeNull()
    expect(warnings).toMatchObject([{ path: 'nodes.b', text: 'Nada leva até este nó.' }])
  })
})

describe('the flow’s check of variables', () => {
  it('says what is always there instead of a name that nothing gives a value', () => {
    const nodes = { a: { type: 'text', text: 'Oi, {{nome}}! {{Nome}}' } }
    expect(checkFlow(JSON.stringify({ ...base, nodes }), 'pt-BR', t).warnings).toMatchObject([
      { path: 'nodes.a.text', text: 'Nenhum nó dá um valor a “nome”: no lugar não aparece nada. O nome do contato é {{push_name}}.' },
      { path: 'nodes.a.text', text: expect.stringMatching(/^“{{Nome}}” não é uma variável: o cliente leria isso assim\./) },
    ])
  })
})

describe('places in a JSON text', () => {
  it('finds every value that JSON.parse finds, and refuses what it refuses', () => {
    const parses = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '1', '\n'), (json, at, junk) => {
        const where = at % (json.length + 1)
        const text = json.slice(0, where) + junk + json.slice(where)
        expect(jsonPlaces(text).ok).toBe(parses(text))
      }),
    )
  })

  it('knows where a path begins, or what is around it', () => {
    const text = '{\n "a": {\n  "b": [1,\n 2]}}'
    const places = jsonPlaces(text)
    if (!places.ok) throw new Error('should be read')
    expect(text.slice(placeOf(places.offsets, 'a.b.1'))).toBe('2]}}')
    expect(lineOf(text, placeOf(places.offsets, 'a.b.1'))).toBe(4)
    expect(lineOf(text, placeOf(places.offsets, 'a.b.7.c'))).toBe(3)
    expect(placeOf(places.offsets, 'nowhere')).toBe(0)
  })

  it('is not brought down by depth', () => {
    expect(jsonPlaces('['.repeat(1_000_000)).ok).toBe(false)
  })
})
