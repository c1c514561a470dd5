type Props = {
  testid?: string
  class?: string
  text?: string
  data?: Record<string, string>
  attributes?: Record<string, string>
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>
}

/** An element with what it needs, in one call. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | null)[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag)
  if (props.testid !== undefined) element.dataset['testid'] = props.testid
  if (props.class !== undefined) element.className = props.class
  if (props.text !== undefined) element.textContent = props.text
  Object.assign(element.dataset, props.data)
  for (const [name, value] of Object.entries(props.attributes ?? {})) element.setAttribute(name, value)
  for (const [name, listener] of Object.entries(props.on ?? {})) element.addEventListener(name, listener as (event: Event) => void)
  element.append(...children.filter((child) => child !== null))
  return element
}

export const field = (testid: string, placeholder: string, attributes: Record<string, string> = {}): HTMLInputElement =>
  h('input', { testid, attributes: { placeholder, 'aria-label': placeholder, autocomplete: 'off', ...attributes } })

export const button = (testid: string, text: string, act: () => void, look = ''): HTMLButtonElement =>
  h('button', { testid, text, class: look, attributes: { type: 'button' }, on: { click: act } })

/** Renders only what has changed, so that what a person is doing in the part stays. */
export const part = <T>(element: HTMLElement, render: (value: T) => Node[]): ((value: T) => boolean) => {
  let shown: string | null = null
  return (value) => {
    const now = JSON.stringify(value)
    if (now === shown) return false
    shown = now
    element.replaceChildren(...render(value))
    return true
  }
}

export const show = (element: HTMLElement, visible: boolean): void => {
  element.hidden = !visible
}
