import type { Secrets } from '../secrets/index.ts'

/** Binds a sealed secret to its endpoint. */
export const secretContext = (webhookId: string): string => `webhook secret ${webhookId}`

type Sealed = { tenant_id: string; endpoint_id: string; sealed_secret: Buffer; sealed_old_secret: Buffer | null }

const REMEMBERED = 2_000

/** Opens the secrets that sign for an endpoint, the current one first. What was opened is remembered by what it was sealed as. */
export function openSecrets(secrets: Pick<Secrets, 'openFor'>): (sealed: Sealed) => Promise<string[]> {
  const opened = new Map<string, string>()
  const open = async ({ tenant_id, endpoint_id }: Sealed, sealed: Buffer): Promise<string> => {
    const key = `${endpoint_id} ${sealed.toString('base64')}`
    const known = opened.get(key)
    if (known !== undefined) return known
    const secret = (await secrets.openFor(tenant_id, sealed, secretContext(endpoint_id))).toString()
    if (opened.size >= REMEMBERED) opened.clear()
    opened.set(key, secret)
    return secret
  }
  return async (sealed) => {
    const current = await open(sealed, sealed.sealed_secret)
    return sealed.sealed_old_secret === null ? [current] : [current, await open(sealed, sealed.sealed_old_secret)]
  }
}
