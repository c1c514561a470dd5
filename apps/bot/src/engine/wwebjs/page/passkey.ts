/**
 * Runs in each new document before the page's own scripts, as text. While linking, WhatsApp asks some accounts for a passkey
 * (WebAuthn, relying party whatsapp.com). Nobody can give one to a browser without a person, so say that it was asked for.
 */
export type PasskeyWindow = {
  navigator?: { credentials?: { get?: (options?: unknown) => Promise<unknown>; create?: (options?: unknown) => Promise<unknown> } }
  zaptriaReport?: (report: object) => Promise<void>
}
export const watchPasskey = (window: PasskeyWindow): void => {
  const credentials = window.navigator?.credentials
  for (const name of ['get', 'create'] as const) {
    const original = credentials?.[name]
    if (!credentials || !original) continue
    credentials[name] = (options?: unknown) => {
      if ((options as { publicKey?: unknown } | undefined)?.publicKey) window.zaptriaReport?.({ kind: 'passkey' })?.catch(() => {})
      return original.call(credentials, options)
    }
  }
}
