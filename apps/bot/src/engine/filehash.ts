/** WhatsApp writes a SHA-256 in base64; the contract in hex. What is neither says nothing. */
export const sha256OfFilehash = (filehash: string | null): { sha256?: string } => {
  const bytes = Buffer.from(filehash ?? '', 'base64')
  return bytes.length === 32 ? { sha256: bytes.toString('hex') } : {}
}
