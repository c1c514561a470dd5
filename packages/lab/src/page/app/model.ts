import type { Collection } from './collection.ts'
import { Emitter } from './emitter.ts'

export type Attributes = Record<string, unknown>

const prefix = '__x_'

/**
 * As WhatsApp's: the value of `name` lies in an own property `__x_name`, an accessor on the prototype reads and sets it, and a change
 * tells the model's listeners and those of every collection that holds it.
 */
export class Model extends Emitter {
  #collections = new Set<Collection<Model>>()

  constructor(attributes: Attributes = {}) {
    super()
    const names = Object.keys(attributes)
    for (const name of names.filter((one) => !one.startsWith(prefix))) this.#put(name, attributes[name])
    // Whoever spreads a model into attributes brings its raw properties along: they win, as in the real page.
    for (const raw of names.filter((one) => one.startsWith(prefix) && Object.hasOwn(this, one))) this.#raw[raw] = attributes[raw]
  }

  set(attributes: Attributes): this {
    const changed: [string, unknown, unknown][] = []
    for (const [name, value] of Object.entries(attributes)) {
      const old = this.#raw[prefix + name]
      if (old === value && Object.hasOwn(this, prefix + name)) continue
      this.#put(name, value)
      changed.push([name, value, old])
    }
    for (const [name, value, old] of changed) this.#tell(`change:${name}`, this, value, old)
    if (changed.length > 0) this.#tell('change', this)
    return this
  }

  get(name: string): unknown {
    return this.#raw[prefix + name]
  }

  /** A plain copy, one level of models deep; what is no data (collections, blobs) stays behind. */
  serialize(): Attributes {
    const copy: Attributes = {}
    for (const [raw, value] of Object.entries(this.#raw)) {
      if (!raw.startsWith(prefix) || typeof value === 'function') continue
      const name = raw.slice(prefix.length)
      if (value instanceof Model) copy[name] = value.serialize()
      else if (!isOpaque(value)) copy[name] = value
    }
    return copy
  }

  toJSON(): Attributes {
    return this.serialize()
  }

  unsafe(): this {
    return this
  }

  joined(collection: Collection<Model>): void {
    this.#collections.add(collection)
  }

  left(collection: Collection<Model>): void {
    this.#collections.delete(collection)
  }

  get #raw(): Attributes {
    return this as unknown as Attributes
  }

  #tell(event: string, ...args: unknown[]): void {
    this.trigger(event, ...args)
    for (const collection of this.#collections) collection.trigger(event, ...args)
  }

  #put(name: string, value: unknown): void {
    this.#raw[prefix + name] = value
    const prototype = Object.getPrototypeOf(this) as object
    if (name in prototype) return
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: Model) {
        return (this as unknown as Attributes)[prefix + name]
      },
      set(this: Model, next: unknown) {
        this.set({ [name]: next })
      },
    })
  }
}

const isOpaque = (value: unknown): boolean =>
  value instanceof Emitter || value instanceof Blob || (typeof value === 'object' && value !== null && 'isOpaqueData' in value)
