import type { PageModule } from './compat.ts'
import type { BridgeWindow } from './bridge.ts'
import type { PageRef } from './shapes.ts'

export type Files = {
  /** Gets the bytes of a message's media into the page: a handle for `read`, or why there are none. */
  open: (message: PageRef) => Promise<{ handle: string; size: number } | { gone: string }>
  /** Bytes from `at` on, as base64; the DevTools protocol carries text. */
  read: (handle: string, at: number, length: number) => Promise<string>
  /** A file to send, put together from pieces. */
  begin: (file: { mimetype: string; filename: string | null }) => string
  append: (handle: string, base64: string) => Promise<void>
  close: (handle: string) => void
  /** whatsapp-web.js's options for sending it. */
  toSend: (file: { handle: string; kind: string }, caption: string) => PageModule
}

/** Runs inside WhatsApp's page, as text, after the bridge. Files are blobs here: the browser keeps those out of the page's own memory. */
export const installFiles = (window: BridgeWindow): void => {
  const zaptria = window.zaptria
  const bridge = zaptria?.bridge
  const compat = zaptria?.compat
  if (!bridge || !compat || zaptria?.files) return
  const held = new Map<string, { blob: Blob; filename: string | null }>()
  let count = 0
  const hold = (blob: Blob, filename: string | null): string => {
    count += 1
    const handle = `file-${count}`
    held.set(handle, { blob, filename })
    return handle
  }
  const get = (handle: string) => {
    const file = held.get(handle)
    if (!file) throw new Error(`the page holds no ${handle}`)
    return file
  }

  const open = async (ref: PageRef) => {
    const message = await bridge.find(ref)
    if (!message) return { gone: 'the page does not have the message' }
    if (!message.mediaData || message.mediaData.mediaStage === 'REUPLOADING') return { gone: 'the phone is asked for it' }
    // Gets it from the phone where the server has it no more.
    if (message.mediaData.mediaStage !== 'RESOLVED') await message.downloadMedia({ downloadEvenIfExpensive: true, rmrReason: 1 })
    const stage = String(message.mediaData.mediaStage)
    if (stage.includes('ERROR') || stage === 'FETCHING') return { gone: stage }
    const qpl = { addAnnotations: () => qpl, addPoint: () => qpl }
    try {
      const bytes: ArrayBuffer = await compat.module('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({
        directPath: message.directPath,
        encFilehash: message.encFilehash,
        filehash: message.filehash,
        mediaKey: message.mediaKey,
        mediaKeyTimestamp: message.mediaKeyTimestamp,
        type: message.type,
        // Since July 2026 the page stumbles without it.
        mimetype: message.mimetype,
        signal: new AbortController().signal,
        downloadQpl: qpl,
      })
      return { handle: hold(new Blob([bytes]), null), size: bytes.byteLength }
    } catch (error) {
      const status = (error as { status?: unknown }).status
      if (status === 404 || status === 410) return { gone: `the server answers ${status}` }
      throw error
    }
  }

  const read = async (handle: string, at: number, length: number): Promise<string> => {
    const bytes = new Uint8Array(
      await get(handle)
        .blob.slice(at, at + length)
        .arrayBuffer(),
    )
    let text = ''
    // A call takes so many arguments and no more.
    for (let from = 0; from < bytes.length; from += 0x80_00) text += String.fromCharCode(...bytes.subarray(from, from + 0x80_00))
    return btoa(text)
  }

  const begin = ({ mimetype, filename }: { mimetype: string; filename: string | null }): string =>
    hold(new Blob([], { type: mimetype }), filename)

  const append = async (handle: string, base64: string): Promise<void> => {
    const file = get(handle)
    const text = atob(base64)
    const bytes = new Uint8Array(text.length)
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
    // A blob of blobs: nothing is copied.
    file.blob = new Blob([file.blob, bytes], { type: file.blob.type })
  }

  const close = (handle: string): void => void held.delete(handle)

  const toSend = ({ handle, kind }: { handle: string; kind: string }, caption: string): PageModule => {
    const { blob, filename } = get(handle)
    const file = new File([blob], filename ?? kind, { type: blob.type })
    return {
      media: { mimetype: blob.type, filename: file.name, zaptriaFile: file },
      ...(caption === '' ? {} : { caption }),
      sendMediaAsDocument: kind === 'document',
      sendMediaAsSticker: kind === 'sticker',
    }
  }

  const library = window.WWebJS
  if (library) {
    const { mediaInfoToFile, processMediaData } = library
    // The library wants the whole file as base64. Ours is a file already.
    library.mediaInfoToFile = (info: PageModule) => info.zaptriaFile ?? mediaInfoToFile(info)
    library.processMediaData = async (...args: unknown[]) => {
      const media = await processMediaData(...args)
      // Since September 2026 prepared media has an id of its own, empty, which the library spreads over the message's.
      delete media.__x_id
      return media
    }
  }
  window.zaptria = { ...zaptria, files: { open, read, begin, append, close, toSend } }
}
