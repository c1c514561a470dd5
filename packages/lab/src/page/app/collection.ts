import { Emitter } from './emitter.ts'
import type { MsgKey, Wid } from './ids.ts'
import type { Model } from './model.ts'

/** Models by id. Ids are looked up as strings: a wid, a message key and its text find the same model. */
export class Collection<T extends Model> extends Emitter {
  #models = new Map<string, T>()

  get _models(): T[] {
    return [...this.#models.values()]
  }

  get length(): number {
    return this.#models.size
  }

  getModelsArray(): T[] {
    return [...this.#models.values()]
  }

  get(id: Wid | MsgKey | string | null | undefined): T | undefined {
    return id === undefined || id === null ? undefined : this.#models.get(String(id))
  }

  filter(test: (model: T) => boolean): T[] {
    return this.getModelsArray().filter(test)
  }

  forEach(visit: (model: T) => void): void {
    this.getModelsArray().forEach(visit)
  }

  /** Says whether it was new; `silent` adds without an event. */
  add(model: T, { silent = false, at = 'end' }: { silent?: boolean; at?: 'start' | 'end' } = {}): boolean {
    const id = String(model.get('id'))
    if (this.#models.has(id)) return false
    if (at === 'start') this.#models = new Map([[id, model], ...this.#models])
    else this.#models.set(id, model)
    model.joined(this)
    if (!silent) this.trigger('add', model, this)
    return true
  }

  /** One that is here already comes first now. */
  moveToStart(model: T): void {
    const id = String(model.get('id'))
    if (!this.#models.delete(id)) return
    this.#models = new Map([[id, model], ...this.#models])
  }

  remove(model: T): void {
    if (!this.#models.delete(String(model.get('id')))) return
    model.left(this)
    this.trigger('remove', model, this)
  }
}
