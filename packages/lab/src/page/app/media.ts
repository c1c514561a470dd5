/** Bytes that the page hands around without looking at them. */
export class OpaqueData {
  readonly isOpaqueData = true
  readonly #blob: Blob

  constructor(blob: Blob) {
    this.#blob = blob
  }

  static async createFromData(blob: Blob, mimetype: string): Promise<OpaqueData> {
    if (blob.type === mimetype) return new OpaqueData(blob)
    return new OpaqueData(blob instanceof File ? new File([blob], blob.name, { type: mimetype }) : new Blob([blob], { type: mimetype }))
  }

  get type(): string {
    return this.#blob.type
  }

  get size(): number {
    return this.#blob.size
  }

  url(): string {
    return URL.createObjectURL(this.#blob)
  }

  formData(): Blob {
    return this.#blob
  }

  forceToBlob(): Blob {
    return this.#blob
  }

  autorelease(): void {}
}

/** One file, by its hash, whoever sends it. */
export class MediaObject {
  readonly filehash: string
  readonly contentInfo: { waveform?: Uint8Array } = {}
  type = 'document'
  size = 0
  blob: Blob = new Blob()

  constructor(filehash: string) {
    this.filehash = filehash
  }

  consolidate(data: { type?: string; size?: number; mediaBlob?: OpaqueData }): void {
    this.type = data.type ?? this.type
    this.size = data.size ?? this.size
    if (data.mediaBlob) this.blob = data.mediaBlob.forceToBlob()
  }
}

export const sha256 = async (blob: Blob): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

export const kindOf = (mimetype: string): string => {
  const [kind = ''] = mimetype.split('/')
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document'
}
