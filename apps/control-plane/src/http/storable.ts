import { ZaptriaError } from '@zaptria/contract'
import type { App } from './app.ts'

/** Refuses what PostgreSQL's text cannot hold, before it is tried: NUL, and halves of a letter that has two. What bots report is mended instead. */
export function refuseUnstorable(app: App): void {
  app.addHook('preValidation', async (request) => {
    const path = unstorable(request.body, '') ?? unstorable(request.query, '') ?? unstorable(request.params, '')
    if (path !== null)
      throw new ZaptriaError('validation_failed', {
        errors: [{ path, message: 'holds a character that cannot be stored (NUL, or half of one)', code: 'unstorable' }],
      })
  })
}

/** Where it is; null when there is none. */
function unstorable(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null
  if (typeof value !== 'object' || value === null) return null
  for (const [key, each] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const found = key.includes('\0') || !key.isWellFormed() ? at : unstorable(each, at)
    if (found !== null) return found
  }
  return null
}
