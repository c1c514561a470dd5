import type { Extension } from '@codemirror/state'
import { hoverTooltip } from '@codemirror/view'
import type { Translate } from '../../../i18n/use-t.ts'
import { fieldHelp } from './field-help.ts'
import { stringOf, wholeTree } from './json-tree.ts'
import { propertiesOf, schemasOf } from './schema.ts'

/** What a field is for, at the pointer. Names of nodes are the flow's own, even one called like a field. */
export const fieldHover = (t: Translate): Extension =>
  hoverTooltip(({ state }, pos, side) => {
    const node = wholeTree(state).resolveInner(pos, side)
    const container = node.parent?.parent
    const key = node.name === 'PropertyName' ? stringOf(state, node) : null
    if (key === null || container === null || container === undefined) return null
    if (
      !schemasOf(state, container)
        .flatMap(propertiesOf)
        .some(([name]) => name === key)
    )
      return null
    const help = fieldHelp(key, t)
    if (help === null) return null
    const create = () => {
      const dom = document.createElement('div')
      dom.className = 'cm-field-help'
      dom.textContent = help
      return { dom }
    }
    return { pos: node.from, end: node.to, above: true, create }
  })
