import { createHash, createPublicKey } from 'node:crypto'
import { generate } from 'selfsigned'

export type Certificate = { key: string; cert: string; /** What Chromium is told to trust: the hash of the public key. */ spki: string }

export const makeCertificate = async (): Promise<Certificate> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'web.whatsapp.com' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'web.whatsapp.com' }] }],
  })
  const der = createPublicKey(cert).export({ type: 'spki', format: 'der' })
  return { key, cert, spki: createHash('sha256').update(der).digest('base64') }
}
