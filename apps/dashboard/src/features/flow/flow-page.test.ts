import { SAMPLE_FLOW } from '@zaptria/core'
import type { FlowInput } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard, tenantPath, visit, type Built, type Visit } from '../../testing/browser.ts'
import { readFlow, selectedFlow, writeFlow } from '../../testing/flow.ts'
import { addVersion } from '../../testing/world.ts'

let built: Built
beforeAll(async () => {
  built = await buildDashboard()
}, 120_000)
afterAll(() => built[Symbol.asyncDispose]())

const open = async (person: Visit): Promise<Page> => {
  await person.page.goto(tenantPath(person, '/flow'))
  await person.page.getByTestId('flow-text').waitFor()
  return person.page
}
const json = (flow: unknown): string => JSON.stringify(flow, null, 2)
const text = (page: Page, testId: string) => page.getByTestId(testId).innerText()
const inEditor = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid') === 'flow-text')

/** Takes what is offered first. For a blink CodeMirror lets nobody accept what has just appeared under their fingers. */
async function accept(page: Page): Promise<void> {
  const seen = Date.now()
  await waitFor(() => Date.now() - seen > 150, { what: 'a moment to pass, as for one who reads' })
  await page.keyboard.press('Enter')
}

const SMALL: FlowInput = {
  format: 1,
  name: 'Padaria',
  trigger: { type: 'any' },
  start: 'oi',
  nodes: { oi: { type: 'text', text: 'Olá', next: 'fim' }, fim: { type: 'end' } },
}

describe('the editor of a flow', () => {
  it('offers the nodes that “next” can lead to, by keyboard alone, and replaces what stood there', async () => {
    await using person = await visit(built)
    const page = await open(person)
    await writeFlow(page, json(SMALL).replace('"next": "fim"', '"next": "errado"'))
    await page.locator('[data-testid=flow-issue][data-path="nodes.oi.next"]').getByRole('button').press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Control+Space')
    const offers = page.locator('.cm-tooltip-autocomplete li')
    await offers.first().waitFor()
    expect(await page.locator('.cm-tooltip-autocomplete li .cm-completionLabel').allInnerTexts()).toEqual(['fim', 'oi'])
    await page.keyboard.type('f')
    await waitFor(async () => (await offers.count()) === 1, { what: 'only what begins with f' })
    await accept(page)
    expect(await readFlow(page)).toBe(json(SMALL))
    expect(person.troubles).toEqual([])
  })

  it('offers the fields of a node, and writes one with a value to begin with', async () => {
    await using person = await visit(built)
    const page = await open(person)
    await writeFlow(page, json({ ...SMALL, nodes: { ...SMALL.nodes, fim: { type: 'wait', next: 'oi' } } }))
    await page.getByTestId('flow-issue').getByRole('button').first().press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Control+Space')
    const labels = page.locator('.cm-tooltip-autocomplete li .cm-completionLabel')
    await labels.first().waitFor()
    expect(await labels.allInnerTexts()).toEqual(['minutes', 'on_answer'])
    expect(await page.locator('.cm-completionInfo').innerText()).toBe('Por quantos minutos o fluxo espera.')
    await accept(page)
    await page.keyboard.type('90')
    expect(await readFlow(page)).toContain('"fim": {"minutes": 90,')
    await page.locator('[data-testid=flow-check][data-ok=true]').waitFor()
    expect(person.troubles).toEqual([])
  })

  it('marks a mistake at its line, goes there, and lets nothing be published meanwhile', async () => {
    await using person = await visit(built)
    const page = await open(person)
    await writeFlow(page, (await readFlow(page)).replace('"start": "saudacao"', '"start": "nada"'))
    const issue = page.getByTestId('flow-issue').first()
    await issue.waitFor()
    expect(await issue.innerText()).toContain('Não existe um nó chamado “nada”.')
    expect(await page.getByTestId('flow-publish').isDisabled()).toBe(true)
    await issue.getByRole('button').click()
    expect(await page.locator('.cm-activeLine').innerText()).toBe('  "start": "nada",')
    expect(await page.locator('.cm-lintRange-error').innerText()).toBe('"nada"')
    await page.locator('.cm-lint-marker-error').waitFor()
    await page.keyboard.press('Shift+End')
    expect(await selectedFlow(page)).toBe('"nada",')
  })

  it('can be left by keyboard, undoes, and searches in the person’s language', async () => {
    await using person = await visit(built)
    const page = await open(person)
    const before = await readFlow(page)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Tab')
    expect(await inEditor(page)).toBe(true)
    expect(await readFlow(page)).toBe(`  ${before}`)
    await page.keyboard.press('ControlOrMeta+z')
    expect(await readFlow(page)).toBe(before)
    await page.keyboard.press('ControlOrMeta+f')
    await page.getByPlaceholder('Buscar').waitFor()
    await page.getByPlaceholder('Buscar').press('Escape')
    expect(await inEditor(page)).toBe(true)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await inEditor(page)).toBe(false)
    expect(await page.getByTestId('flow-text').getAttribute('aria-label')).toBe('Texto do fluxo')
    expect(person.troubles).toEqual([])
  })
})

describe('the picture of a flow', () => {
  it('shows every node, and the way to it in the text', async () => {
    await using person = await visit(built, { width: 1440, height: 900 })
    const page = await open(person)
    const nodes = page.getByTestId('flow-node')
    await nodes.first().waitFor()
    expect(new Set(await nodes.evaluateAll((all) => all.map((each) => each.getAttribute('data-node'))))).toEqual(
      new Set(Object.keys(SAMPLE_FLOW.nodes)),
    )
    expect(await text(page, 'flow-trigger')).toContain('qualquer mensagem')
    expect(await page.getByTestId('flow-edge').allInnerTexts()).toEqual(expect.arrayContaining(['1. Horários', 'senão', 'não entendeu']))
    await page.locator('[data-node=menu]').click()
    await waitFor(() => inEditor(page), { what: 'the editor to have the focus' })
    expect(await page.locator('.cm-activeLine').innerText()).toBe('    "menu": {')
    // By keyboard: one stop for all nodes, arrows between them.
    await page.locator('[data-node=saudacao]').focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['node'])).toBe('menu')
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await waitFor(() => inEditor(page), { what: 'the editor to have the focus again' })
    // The same in words.
    await page.getByTestId('flow-words').locator('summary').click()
    expect(await page.getByTestId('flow-word').count()).toBe(Object.keys(SAMPLE_FLOW.nodes).length)
    expect(await page.getByTestId('flow-word').nth(1).innerText()).toContain('1. Horários → horarios')
    expect(person.troubles).toEqual([])
  })

  it('marks what is wrong and what nothing leads to, and stays when the text is no JSON', async () => {
    await using person = await visit(built, { width: 1440 })
    const page = await open(person)
    const nodes = { ...SMALL.nodes, solto: { type: 'end' } }
    await writeFlow(page, json({ ...SMALL, nodes }))
    await page.locator('[data-node=solto][data-unreachable=true]').waitFor()
    await writeFlow(page, json({ ...SMALL, nodes: { ...nodes, oi: { type: 'text', text: 'Olá', next: 'nada' } } }))
    await page.locator('[data-node=oi][data-problems="1"]').waitFor()
    expect(await page.locator('[data-node=nada]').innerText()).toContain('Não existe')
    await writeFlow(page, '{')
    await page.getByTestId('flow-picture-stale').waitFor()
    expect(await page.getByTestId('flow-node').count()).toBe(4)
    expect(person.troubles).toEqual([])
  })

  it('shows where the trial stands', async () => {
    await using person = await visit(built, { width: 1440 })
    const page = await open(person)
    await page.getByTestId('flow-view-try').click()
    await page.getByTestId('flow-trial-text').fill('oi')
    await page.getByTestId('flow-trial-text').press('Enter')
    await page.locator('[data-node=menu][aria-current=step]').waitFor()
    await page.getByTestId('flow-trial-restart').click()
    await waitFor(async () => (await page.locator('[data-testid=flow-node][aria-current=step]').count()) === 0, { what: 'no node marked' })
  })

  it('has a view of its own on a phone, and leads from there into the text', async () => {
    await using person = await visit(built, { width: 390, height: 844, touch: true })
    const page = await open(person)
    expect(await page.getByTestId('flow-picture').count()).toBe(0)
    await page.getByTestId('flow-view-picture').click()
    await page.locator('[data-node=menu]').tap()
    await waitFor(() => inEditor(page), { what: 'the editor to have the focus' })
    expect(await page.locator('.cm-activeLine').innerText()).toBe('    "menu": {')
    expect(person.troubles).toEqual([])
  })
})

describe('publishing a flow', () => {
  it('shows first what changes, in a sentence and line by line', async () => {
    await using person = await visit(built)
    const { api } = person
    api.world.versions = []
    addVersion(api.world, SMALL)
    const page = await open(person)
    const nodes = {
      oi: { type: 'text', text: 'Bom dia', next: 'mais' },
      mais: { type: 'text', text: 'Tudo bem?', next: 'ate' },
      ate: { type: 'end' },
    }
    await writeFlow(page, json({ ...SMALL, nodes }))
    await page.getByTestId('flow-publish').click()
    expect(await text(page, 'flow-changes')).toBe('2 nós novos, 1 nó mudado, 1 nó removido')
    const lines = page.getByTestId('flow-diff-line')
    await lines.first().waitFor()
    const signed = async (sign: string) =>
      (await page.locator(`[data-testid=flow-diff-line][data-sign="${sign}"] td:last-child`).allInnerTexts()).map((line) => line.trim())
    expect(await signed('-')).toEqual(expect.arrayContaining(['"text": "Olá",', '"fim": {']))
    expect(await signed('+')).toEqual(expect.arrayContaining(['"text": "Bom dia",', '"mais": {']))
    expect(api.seen.filter(({ method }) => method === 'POST')).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByTestId('flow-publish-dialog').waitFor({ state: 'detached' })
    expect(await readFlow(page)).toContain('"Bom dia"')

    await page.getByTestId('flow-publish').click()
    api.refuseNext('POST', '/flow/versions', 'unavailable')
    await page.getByTestId('flow-publish-confirm').click()
    await page.getByTestId('flow-publish-dialog').getByTestId('problem').waitFor()
    await page.getByTestId('flow-publish-confirm').click()
    await page.getByTestId('flow-publish-dialog').waitFor({ state: 'detached' })
    expect(await text(page, 'flow-published')).toBe('Versão 2 publicada e ativa.')
    const [first, second, ...more] = api.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/flow/versions'))
    expect(more).toEqual([])
    // Tried again, it is the same deed.
    expect(second).toEqual(first)
    expect(person.troubles).toEqual([])
  })
})

describe('versions of a flow', () => {
  it('are published, activated and looked at; what is being typed is never replaced unasked', async () => {
    await using person = await visit(built)
    const { api } = person
    const page = await open(person)
    await waitFor(() => api.streams.size === 1, { what: 'the one event stream of the page' })
    await writeFlow(page, (await readFlow(page)).replace('"Atendimento"', '"Segunda"'))
    await page.getByTestId('flow-publish').click()
    await page.getByTestId('flow-publish-confirm').click()
    await page.locator('[data-testid=flow-version][data-version="2"][data-active=true]').waitFor()
    expect(await text(page, 'flow-published')).toBe('Versão 2 publicada e ativa.')

    await page.getByTestId('flow-activate').click()
    await page.getByTestId('flow-activate-confirm').click()
    await page.getByRole('heading', { name: 'Fluxo, versão 1' }).waitFor()
    expect(await readFlow(page)).toContain('"Atendimento"')

    await writeFlow(page, (await readFlow(page)).replace('"Atendimento"', '"Meu texto"'))
    addVersion(api.world, { ...SAMPLE_FLOW, name: 'De outra pessoa' })
    api.hint('flow', api.world.versions[0]?.id ?? '')
    expect(await text(page, 'flow-other-active')).toContain('Agora a versão 3 está ativa.')
    expect(await readFlow(page)).toContain('"Meu texto"')
    await page.locator('[data-testid=flow-version][data-version="2"]').getByTestId('flow-show').click()
    await page.getByTestId('confirm-yes').click()
    await page.getByRole('heading', { name: 'Fluxo, versão 2' }).waitFor()
    expect(await readFlow(page)).toContain('"Segunda"')
    expect(person.troubles).toEqual([])
  })

  it('is not lost unasked when one goes to another page', async () => {
    await using person = await visit(built)
    const page = await open(person)
    await page.getByTestId('tab-details').click()
    await page.getByTestId('tab-flow').click()
    await page.getByTestId('flow-text').waitFor()
    await writeFlow(page, json(SMALL))
    await page.getByTestId('tab-conversations').click()
    expect(await text(page, 'confirm')).toContain('O texto ainda não foi publicado, e não fica guardado.')
    await page.getByTestId('confirm-no').click()
    await page.getByTestId('confirm').waitFor({ state: 'detached' })
    expect(await readFlow(page)).toBe(json(SMALL))
    await page.getByTestId('tab-conversations').click()
    await page.getByTestId('confirm-yes').click()
    await page.getByTestId('conversation').first().waitFor()
    expect(person.troubles).toEqual([])
  })

  it('leave the last one where it was once none is active any more, and not the sample', async () => {
    await using person = await visit(built)
    const { api } = person
    addVersion(api.world, { ...SAMPLE_FLOW, name: 'Da oficina' })
    const page = await open(person)
    await page.getByTestId('flow-deactivate').click()
    await page.getByTestId('confirm-yes').click()
    expect(await text(page, 'flow-none')).toContain('Abaixo está a última versão publicada')
    await page.getByRole('heading', { name: 'Fluxo, versão 2' }).waitFor()
    expect(await readFlow(page)).toContain('"Da oficina"')
    await page.reload()
    await page.getByRole('heading', { name: 'Fluxo, versão 2' }).waitFor()
    expect(await readFlow(page)).toContain('"Da oficina"')
    expect(await page.getByTestId('flow-publish').isEnabled()).toBe(true)
    expect(person.troubles).toEqual([])
  })

  it('say what activating one would change, before it is done', async () => {
    await using person = await visit(built)
    const { api } = person
    addVersion(api.world, { ...SAMPLE_FLOW, name: 'Nova' })
    const page = await open(person)
    const activations = () => api.seen.filter(({ path }) => path.endsWith('/activate'))
    const activate = page.locator('[data-testid=flow-version][data-version="1"]').getByTestId('flow-activate')
    await activate.click()
    expect(await text(page, 'flow-activate-dialog')).toContain('versão 2, que está ativa agora. Vale na hora.')
    expect(await text(page, 'flow-changes')).toBe('1 ajuste mudado')
    expect(await text(page, 'flow-diff')).toContain('"name": "Atendimento"')
    await page.keyboard.press('Escape')
    await page.getByTestId('flow-activate-dialog').waitFor({ state: 'detached' })
    expect(activations()).toEqual([])

    await activate.click()
    api.refuseNext('POST', '/activate', 'unavailable')
    await page.getByTestId('flow-activate-confirm').click()
    await page.getByTestId('flow-activate-dialog').getByTestId('problem').waitFor()
    await page.getByTestId('flow-activate-confirm').click()
    await page.locator('[data-testid=flow-version][data-version="1"][data-active=true]').waitFor()
    await page.getByTestId('flow-activate-dialog').waitFor({ state: 'detached' })
    expect(activations()).toHaveLength(2)
    expect(person.troubles).toEqual([])
  })

  it('are told in another language as soon as it is chosen', async () => {
    await using person = await visit(built)
    const page = await open(person)
    await page.keyboard.press('Control+k')
    await page.getByTestId('palette-input').fill('english')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Flow, version 1' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Flow, version 1' }).waitFor()
    expect(person.troubles).toEqual([])
  })

  it('are all within reach, however many they are', async () => {
    await using person = await visit(built)
    for (let version = 2; version <= 55; version++) addVersion(person.api.world, { ...SAMPLE_FLOW, name: `Versão ${version}` })
    const page = await open(person)
    await page.getByTestId('flow-versions-more').click()
    await page.locator('[data-testid=flow-version][data-version="1"]').waitFor()
    expect(await page.getByTestId('flow-version').count()).toBe(55)
  })
})
