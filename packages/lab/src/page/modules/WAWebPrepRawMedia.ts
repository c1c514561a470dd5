import { kindOf, sha256 } from '../app/media.ts'
import type { OpaqueData } from '../app/media.ts'
import { MediaData } from '../app/models.ts'
import type { Page } from '../app/page.ts'

type Params = { asSticker?: boolean; asGif?: boolean; isPtt?: boolean; asDocument?: boolean }

/** Looks at a file before it is sent: kind, hash, size. */
export const make = ({ config }: Page) => ({
  prepRawMedia: (data: OpaqueData, params: Params) => ({
    waitForPrep: async (): Promise<MediaData> => {
      const blob = data.forceToBlob()
      const type = params.asDocument ? 'document' : params.isPtt ? 'ptt' : params.asSticker ? 'sticker' : kindOf(blob.type)
      return new MediaData({
        type,
        mimetype: blob.type,
        filehash: await sha256(blob),
        size: blob.size,
        filename: blob instanceof File ? blob.name : undefined,
        mediaBlob: data,
        mediaStage: 'INIT',
        isGif: params.asGif ?? false,
        preview: undefined,
        ...(config.mediaCarriesId ? { id: undefined } : {}),
      })
    },
  }),
})
