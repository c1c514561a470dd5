import type { MediaKind } from '@zaptria/contract'
import { useEffect, useState } from 'react'
import { formatSize } from '../../format/size.ts'
import { useLanguage } from '../../i18n/use-t.ts'
import { messageKind } from './message-kind.ts'

const SHOWN = 'mx-auto max-h-[40dvh] max-w-full rounded-lg bg-ink/5 object-contain'

/** A file that is not sent yet: as a picture where the browser can show it, else by an icon; its name, its size. */
export function FilePreview({ file, kind }: { file: File; kind: MediaKind }) {
  const language = useLanguage()
  const url = useObjectUrl(file)
  const [isShowable, setShowable] = useState(true)
  const [family] = file.type.split('/')
  const Icon = messageKind(kind)?.icon
  const seen = url !== null && isShowable && (family === 'image' || family === 'video')
  return (
    <figure className="rounded-card bg-sunken p-3" data-testid="file-preview" data-kind={kind}>
      {seen && family === 'image' && (
        <img src={url} alt={file.name} className={SHOWN} onError={() => setShowable(false)} data-testid="file-preview-image" />
      )}
      {seen && family === 'video' && (
        <video src={url} controls muted preload="metadata" aria-label={file.name} className={SHOWN} onError={() => setShowable(false)} />
      )}
      <figcaption className="flex items-center gap-2 text-sm not-first:mt-3">
        {Icon !== undefined && <Icon className="size-5 shrink-0 text-ink-soft" aria-hidden />}
        <span className="min-w-0 flex-1 font-medium wrap-anywhere">{file.name}</span>
        <span className="shrink-0 text-ink-soft">{formatSize(file.size, language)}</span>
      </figcaption>
    </figure>
  )
}

/** The file's address in this page, for as long as it is shown; null at first. */
function useObjectUrl(file: File): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    const made = URL.createObjectURL(file)
    // Made here and not while drawing: what is drawn and thrown away would never be let go.
    // oxlint-disable-next-line react/set-state-in-effect
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}
