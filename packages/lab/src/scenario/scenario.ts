import type { z } from 'zod'
import { LabError } from '../domain/problem.ts'
import type { Gateway } from '../wire/gateway.ts'
import type { Action } from './action.ts'
import { linking } from './linking.ts'
import { people } from './people.ts'
import { talk } from './talk.ts'
import { trouble } from './trouble.ts'
import { watch } from './watch.ts'

/** Every act, by name: the methods of a scenario, and the paths of the control's API. */
export const actions = { ...people, ...linking, ...talk, ...trouble, ...watch }

type Actions = typeof actions
export type ActionName = keyof Actions
// An act without input may be called without one.
type Method<A> =
  A extends Action<infer S, infer R>
    ? (...input: undefined extends z.input<S> ? [z.input<S>?] : [z.input<S>]) => Promise<Awaited<R>>
    : never
export type Scenario = { [K in ActionName]: Method<Actions[K]> }

/** Checks the input, as over HTTP, then acts. */
export const perform = async (gateway: Gateway, name: string, input: unknown, signal: AbortSignal): Promise<unknown> => {
  const act = Object.hasOwn(actions, name) ? (actions[name as ActionName] as Action<z.ZodType, unknown>) : undefined
  if (!act) throw new LabError(`no such act: ${name}; there are: ${Object.keys(actions).join(', ')}`)
  const parsed = act.input.safeParse(input ?? {})
  if (!parsed.success)
    throw new LabError(`${name}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`)
  return act.run(gateway, parsed.data, signal)
}

const scenarioBy = (call: (name: string, input: unknown) => Promise<unknown>): Scenario =>
  Object.fromEntries(Object.keys(actions).map((name) => [name, (input: unknown) => call(name, input)])) as Scenario

export const localScenario = (gateway: Gateway, signal: AbortSignal): Scenario =>
  scenarioBy(async (name, input) => {
    const value = await perform(gateway, name, input, signal)
    // Copies, as over HTTP: what a test holds does not change under it.
    return value === undefined ? undefined : structuredClone(value)
  })

/** The same methods for another process; `control` is the Lab's control URL. */
export const remoteScenario = (control: string): Scenario =>
  scenarioBy(async (name, input) => {
    const answer = await fetch(`${control}/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input ?? {}),
    })
    const body = (await answer.json()) as { value?: unknown; error?: string }
    if (!answer.ok) throw new LabError(body.error ?? `the Lab answered ${answer.status}`)
    return body.value
  })
