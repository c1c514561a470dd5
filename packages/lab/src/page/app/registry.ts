import { modules } from '../modules/index.ts'
import { unsupported } from '../modules/unsupported.ts'
import type { Connection } from './connection.ts'
import type { Page } from './page.ts'

/** `window.require`: each module made once, when first asked for; a name that nobody knows is an error, here and in the test. */
export const requireOf = (page: Page, connection: Connection): ((name: string) => unknown) => {
  const made = new Map<string, unknown>()
  const early: { kind: 'unknown_module' | 'unsupported_module'; name: string }[] = []
  const report = (kind: 'unknown_module' | 'unsupported_module', name: string): void => {
    early.push({ kind, name })
    while (early[0] && connection.send({ type: 'report', ...early[0] })) early.shift()
  }
  return (name) => {
    if (page.config.missingModules.includes(name)) throw new Error(`Requiring unknown module "${name}"`)
    const known = made.get(name)
    if (known !== undefined) return known
    const make = Object.hasOwn(modules, name) ? modules[name] : undefined
    if (!make) {
      const deliberate = unsupported.includes(name)
      report(deliberate ? 'unsupported_module' : 'unknown_module', name)
      throw new Error(deliberate ? `The Lab does not simulate "${name}"` : `Requiring unknown module "${name}"`)
    }
    const module = make(page)
    made.set(name, module)
    return module
  }
}
