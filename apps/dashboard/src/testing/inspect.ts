import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2, levels A and AA. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** What alone can change with light and dark. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

type Finding = { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }

/** What axe finds on the page as it stands: one line each. */
export async function axeFindings(page: Page, only: 'all' | 'colours' = 'all'): Promise<string[]> {
  // By the debugger: the content security policy takes no script from us.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  const runOnly = only === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: COLOUR_RULES }
  const violations = await page.evaluate(
    async (options): Promise<Finding[]> => {
      const { axe: here } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } }
      return (await here.run(options)).violations
    },
    { runOnly, resultTypes: ['violations'], preload: false },
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} (${failureSummary?.replaceAll(/\s+/g, ' ')})`),
  )
}

/** What does not fit, is cut off without a mark, or is too small to hit: one line each. */
export function layoutFindings(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const SMALLEST = 24
    const CONTROLS =
      'a[href], button, input, select, textarea, summary, [role=button], [role=switch], [role=tab], [role=menuitem], [role=option], [role=link]'
    const say = (element: Element, what: string): string => {
      const name =
        element.getAttribute('data-testid') ?? element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? ''
      return `${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${name}`
    }
    const findings: string[] = []
    const wide = document.documentElement.scrollWidth - window.innerWidth
    if (wide > 0) findings.push(`the page is ${wide} px wider than the window`)

    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      if (!(element instanceof HTMLElement) || !element.checkVisibility({ visibilityProperty: true })) continue
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      // For screen readers alone.
      const unseen = box.width <= 1 || box.height <= 1 || style.clipPath === 'inset(50%)'
      if (unseen) continue
      const over = element.scrollWidth - element.clientWidth
      // A field's own text moves inside of it.
      if (over > 1 && style.display !== 'inline' && !element.matches('input, select, textarea')) {
        const cut = style.overflowX === 'hidden' || style.overflowX === 'clip'
        if (cut && style.textOverflow !== 'ellipsis' && style.webkitLineClamp === 'none')
          findings.push(say(element, `${over} px are cut off`))
        // What is meant to scroll down alone scrolls sideways too as soon as something in it is too wide.
        if (!cut && element.matches('[class*="overflow-y-auto"]')) findings.push(say(element, `scrolls ${over} px sideways`))
      }
      // Links in a line of text are as high as the line: WCAG 2.2 lets them.
      const inText = style.display === 'inline'
      if (element.matches(CONTROLS) && !inText && !element.matches(':disabled') && (box.width < SMALLEST || box.height < SMALLEST))
        findings.push(say(element, `${Math.round(box.width)}×${Math.round(box.height)} px is too small to hit`))
    }
    return findings
  })
}

/** Controls without a name, as a screen reader meets them. */
export async function nameless(page: Page): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  await devtools.detach()
  const controls = new Set(['button', 'link', 'textbox', 'searchbox', 'combobox', 'switch', 'checkbox', 'image', 'img'])
  return nodes
    .filter((node) => !node.ignored && controls.has(String(node.role?.value)) && String(node.name?.value ?? '') === '')
    .map((node) => `${String(node.role?.value)} ${node.nodeId}`)
}
