import { pathOf } from '../app/msg-of.ts'
import type { MediaObject } from '../app/media.ts'

type Upload = { mimetype: string; mediaObject: MediaObject; mediaType: string }

/** The bytes go up as they are; keys and hashes are there for form. */
export const make = () => ({
  uploadMedia: async ({ mimetype, mediaObject }: Upload) => {
    const answer = await fetch('/mms/upload', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-mimetype': mimetype },
      body: mediaObject.blob,
    })
    if (!answer.ok) throw new Error(`media upload failed: ${answer.status}`)
    const { id } = (await answer.json()) as { id: string }
    const path = pathOf(id)
    return {
      mediaEntry: {
        mmsUrl: `https://web.whatsapp.com${path}`,
        deprecatedMms3Url: `https://web.whatsapp.com${path}`,
        directPath: path,
        mediaKey: btoa(id),
        mediaKeyTimestamp: Math.floor(Date.now() / 1000),
        encFilehash: mediaObject.filehash,
        uploadHash: mediaObject.filehash,
        sidecar: undefined,
        firstFrameSidecar: undefined,
      },
    }
  },
})
