import type { FlowInput } from '@zaptria/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built } from '../../testing/browser.ts'
import { writeFlow } from '../../testing/flow.ts'

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
    later: { type: 'wait', minutes: 60, next: 'again' },
    again: { type: 'text', text: 'Saiu do forno.' },
    person: { type: 'handover', text: 'Já vem.' },
  },
}

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

describe('the trial of a flow', () => {
  it('talks by what stands in the editor, lets time pass, and calls a person', async () => {
    await using person = await visit(built)
    const { page, api, troubles } = person
    await page.goto(tenantPath(person, '/flow'))
    await writeFlow(page, JSON.stringify(FLOW))
    await page.getByTestId('flow-view-try').click()
    const said = async (): Promise<string[]> => {
      const all = await page.getByTestId('flow-trial').getByRole('log').locator('p').all()
      return Promise.all(all.map(async (one) => (await one.innerText()).replaceAll(/\s+/g, ' ')))
    }
    const write = async (text: string): Promise<void> => {
      await page.getByTestId('flow-trial-text').fill(text)
      await page.getByTestId('flow-trial-text').press('Enter')
    }
    await write('bom dia')
    await write('oi')
    await write('1')
    await page.getByTestId('flow.try.hour').click()
    expect(await said()).toEqual([
      'bom dia',
      'O fluxo não responde a isso.',
      'oi',
      'Olá, Ana! 1. Pão 2. Pessoa',
      '1',
      'O fluxo espera. Deixe o tempo passar.',
      'Passou 1 hora.',
      'Saiu do forno.',
      'O fluxo terminou. A próxima mensagem o começa de novo.',
    ])
    await page.getByTestId('flow-trial-restart').click()
    await write('oi')
    await write('2')
    await write('alguém?')
    expect((await said()).slice(-3)).toEqual([
      'O robô chama uma pessoa e fica quieto.',
      'alguém?',
      'Uma pessoa atende agora: o robô fica quieto.',
    ])
    await page.getByTestId('flow-trial-back').click()
    await write('oi')
    expect((await said()).at(-1)).toBe('Olá, Ana! 1. Pão 2. Pessoa')
    // Another flow, another conversation; a broken one, none.
    const rewrite = async (text: string): Promise<void> => {
      await page.getByTestId('flow-view-text').click()
      await writeFlow(page, text)
      await page.getByTestId('flow-view-try').click()
    }
    await rewrite(JSON.stringify({ ...FLOW, name: 'Outra' }))
    await page.getByText('Escreva algo').waitFor()
    await rewrite('{')
    await page.getByText('Corrija os erros do fluxo').waitFor()
    expect(api.seen.filter(({ method }) => method === 'POST')).toEqual([])
    expect(troubles).toEqual([])
  })
})
