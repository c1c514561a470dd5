/** What a person would read on the page, and a client that looks at the screen. */
export const show = (text: string, screen: string): void => {
  const app = document.getElementById('app')
  if (!app) return
  app.dataset['screen'] = screen
  app.textContent = text
}

/**
 * Linking stalls here on a machine without an authenticator. The real page asks for an assertion of `whatsapp.com`;
 * what becomes of that is of no interest: nobody can give it.
 */
export const demandPasskey = (): void => {
  show('Continue on WhatsApp Web. Use your passkey to link this device.', 'passkey')
  const challenge = crypto.getRandomValues(new Uint8Array(32))
  const publicKey: PublicKeyCredentialRequestOptions = { challenge, rpId: 'whatsapp.com', userVerification: 'required' }
  navigator.credentials?.get({ publicKey }).catch(() => undefined)
}
