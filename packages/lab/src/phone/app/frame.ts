import { h } from './dom.ts'

/** The look of a phone: a header, and a screen to fill. */
export const phone = (
  testid: string,
  title: string,
  ...controls: HTMLElement[]
): { element: HTMLElement; screen: HTMLElement; subtitle: HTMLElement } => {
  const subtitle = h('small', { testid: `${testid}-subtitle` })
  const screen = h('div', { class: 'screen' })
  const head = h('header', {}, h('div', { class: 'grow' }, h('h2', { text: title }), subtitle), ...controls)
  return {
    element: h('section', { testid: `${testid}-frame`, class: 'phone', attributes: { 'aria-label': title } }, head, screen),
    screen,
    subtitle,
  }
}
