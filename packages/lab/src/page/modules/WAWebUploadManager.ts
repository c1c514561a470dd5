import { sha256 } from '../app/media.ts'
import { pathOf } from '../app/msg-of.ts'

type Upload = { blob: Blob; type: string; mediaKey: string }

/** How stickers go up. The bytes go as they are; keys and hashes are there for form. */
export const make = () => ({
  encryptAndUpload: async ({ blob, mediaKey }: Upload) => {
    const answer = await fetch('/mms/upload', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-mimetype': blob.type },
      body: blob,
    })
    if (!answer.ok) throw new Error(`media upload failed: ${answer.status}`)
    const { id } = (await answer.json()) as { id: string }
    const filehash = await sha256(blob)
    const directPath = pathOf(id)
    const mediaKeyTimestamp = Math.floor(Date.now() / 1000)
    return { url: `https://web.whatsapp.com${directPath}`, directPath, mediaKey, mediaKeyTimestamp, filehash, encFilehash: filehash }
  },
})
