import type { Message, MessageMedia } from '@zaptria/contract'
import { Download } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { fileAddress } from './conversations.ts'
import { messageKind } from './message-kind.ts'

/** A message's file: shown where a browser can show it, offered for download where not, and why it is not here. */
export function MessageFile({ tenant, message, media }: { tenant: string; message: Message; media: MessageMedia }) {
  const t = useT()
  const kind = messageKind(message.type)
  const name = media.filename ?? t(kind?.text ?? 'kind.document')
  if (media.state !== 'stored') {
    return (
      <p className="text-ink-soft" data-testid="file-missing" data-state={media.state}>
        <span className="flex items-center gap-1.5">
          {kind !== null && <kind.icon className="size-4" aria-hidden />}
          {name}
        </span>
        <span className="text-xs">{media.failure === null ? t(`file.${media.state}`) : t(`file.failure.${media.failure}`)}</span>
      </p>
    )
  }
  const address = fileAddress(tenant, message.id)
  const [family] = media.mimetype.split('/')
  // The type is what the bytes were found to be: what does not fit is "application/…", and is never shown.
  if (family === 'image' && media.kind !== 'document') {
    return (
      <a href={address} target="_blank" rel="noreferrer">
        <img
          src={address}
          alt={name}
          loading="lazy"
          decoding="async"
          data-testid="file-image"
          className={media.kind === 'sticker' ? 'size-32 object-contain' : 'my-1 max-h-80 min-h-16 rounded-lg object-contain'}
        />
      </a>
    )
  }
  if (family === 'audio')
    return <audio src={address} controls preload="none" aria-label={name} data-testid="file-audio" className="my-1 max-w-full" />
  if (family === 'video' && media.kind !== 'document')
    return (
      <video
        src={address}
        controls
        preload="metadata"
        aria-label={name}
        data-testid="file-video"
        className="my-1 max-h-80 max-w-full rounded-lg"
      />
    )
  return (
    <p className="my-1">
      <a
        href={address}
        download={media.filename ?? ''}
        data-testid="file-download"
        className="flex min-h-6 items-center gap-1.5 font-medium underline underline-offset-2 hover:no-underline"
      >
        <Download className="size-4" aria-hidden />
        {name}
      </a>
      {media.mismatch && <span className="text-xs text-bad">{t('file.mismatch')}</span>}
    </p>
  )
}
