import { Collection } from '../app/collection.ts'
import type { Model } from '../app/model.ts'

/** Calls are not simulated. A client looks for the Map among the properties and wraps its `set`. */
class CallCollection extends Collection<Model> {
  readonly calls = new Map<string, unknown>()
}

export const make = () => new CallCollection()
