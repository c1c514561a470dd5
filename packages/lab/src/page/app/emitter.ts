type Listener = (...args: never[]) => unknown

/** Backbone's events: several names in one string, `all`, a listener taken off while it runs. */
export class Emitter {
  #listeners = new Map<string, { listener: Listener; once: boolean }[]>()
  #watchers = new Map<string, (() => void)[]>()

  on(names: string, listener: Listener): this {
    return this.#add(names, listener, false)
  }

  once(names: string, listener: Listener): this {
    return this.#add(names, listener, true)
  }

  off(names?: string, listener?: Listener): this {
    if (names === undefined) this.#listeners.clear()
    for (const name of names?.split(/\s+/) ?? []) {
      const left = listener ? (this.#listeners.get(name) ?? []).filter((one) => one.listener !== listener) : []
      this.#listeners.set(name, left)
    }
    return this
  }

  trigger(name: string, ...args: unknown[]): this {
    // Adding and removing make a new list: one that is being walked through does not change.
    for (const entry of this.#listeners.get(name) ?? []) {
      if (entry.once) this.off(name, entry.listener)
      // One listener's fault is not the next one's, nor the page's.
      try {
        ;(entry.listener as (...args: unknown[]) => unknown)(...args)
      } catch (error) {
        console.error(`listener of ${name}`, error)
      }
    }
    return this
  }

  /** Settles once somebody listens. */
  heard(name: string): Promise<void> {
    if ((this.#listeners.get(name) ?? []).length > 0) return Promise.resolve()
    return new Promise((resolve) => this.#watchers.set(name, [...(this.#watchers.get(name) ?? []), resolve]))
  }

  #add(names: string, listener: Listener, once: boolean): this {
    for (const name of names.split(/\s+/)) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { listener, once }])
      for (const resolve of this.#watchers.get(name) ?? []) resolve()
      this.#watchers.delete(name)
    }
    return this
  }
}
