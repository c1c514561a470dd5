import type { Page } from '../app/page.ts'

type Wanted = { directPath: string; mimetype?: string; signal?: AbortSignal }

class ServerStatusError extends Error {
  readonly status: number
  constructor(status: number) {
    super(`media: ${status}`)
    this.status = status
  }
}

export const make = ({ config }: Page) => ({
  downloadManager: {
    downloadAndMaybeDecrypt: async ({ directPath, mimetype, signal }: Wanted): Promise<ArrayBuffer> => {
      if (config.downloadWantsMimetype && mimetype === undefined)
        throw new TypeError("Cannot read properties of undefined (reading 'split')")
      const answer = await fetch(directPath, signal ? { signal } : {})
      if (!answer.ok) throw new ServerStatusError(answer.status)
      return answer.arrayBuffer()
    },
  },
})
