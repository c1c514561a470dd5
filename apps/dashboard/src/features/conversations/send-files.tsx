import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { takesCaption } from '@zaptria/contract'
import { useEffect, useRef, type KeyboardEvent } from 'react'
import { keys } from '../../api/keys.ts'
import { formatSize } from '../../format/size.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { faultOf, kindOf, type ChosenFile, type Fault } from './chosen-file.ts'
import { mediaLimitsQuery, sendFile, type FileToSend } from './conversations.ts'
import { FilePreview } from './file-preview.tsx'
import { LONGEST } from './longest.ts'
import { WillWait } from './waits.tsx'

type Props = {
  tenant: string
  conversation: string
  /** At least one. The first is shown; when it is sent, the next. */
  files: readonly ChosenFile[]
  /** What is written in the composer is the caption, and is there again when nothing is sent. */
  text: string
  onText: (text: string) => void
  /** The id of the message that is answered. */
  replyTo: string | null
  /** `caption`: the words that went along; a voice takes none. */
  onSent: (file: ChosenFile, caption: string) => void
  /** The first one is not to be sent; the others are. */
  onSkip: (file: ChosenFile) => void
  /** None is to be sent. */
  onClose: () => void
}

/** What was chosen, before it goes: nothing is sent that was not looked at. */
export function SendFiles({ files, ...rest }: Props) {
  const t = useT()
  const [first, ...after] = files
  if (first === undefined) return null
  return (
    <Dialog
      open
      onClose={rest.onClose}
      title={t('attach.title')}
      {...(after.length === 0 ? {} : { description: <Next files={after} /> })}
      testId="send-file"
    >
      <OneFile key={first.key} chosen={first} isLast={after.length === 0} {...rest} />
    </Dialog>
  )
}

/** Of those that come after: how many there are is said. */
const LISTED = 4

/** What comes after the one that is shown. */
function Next({ files }: { files: readonly ChosenFile[] }) {
  const t = useT()
  return (
    <>
      {t('attach.more', { count: files.length })}
      <span className="mt-1 block" data-testid="send-file-next">
        {files.slice(0, LISTED).map(({ file, key }) => (
          <span key={key} className="block truncate" title={file.name}>
            {file.name}
          </span>
        ))}
        {files.length > LISTED && '…'}
      </span>
    </>
  )
}

type OneFileProps = Omit<Props, 'files'> & { chosen: ChosenFile; isLast: boolean }

function OneFile({ tenant, conversation, chosen, isLast, text, onText, replyTo, onSent, onSkip, onClose }: OneFileProps) {
  const t = useT()
  const language = useLanguage()
  const queryClient = useQueryClient()
  const { file } = chosen
  const { data: limits } = useQuery(mediaLimitsQuery(tenant))
  const fault = faultOf(file, limits)
  const kind = kindOf(file, limits)
  const hasCaption = fault === null && takesCaption(kind)
  const upload = useRef<AbortController>(null)
  useEffect(() => () => upload.current?.abort(), [])
  const send = useMutation({
    mutationFn: (what: FileToSend) => {
      upload.current = new AbortController()
      return sendFile(tenant, conversation, what, upload.current.signal)
    },
    onSuccess: async (sent, { caption }) => {
      onSent(chosen, sent.body === caption ? caption : '')
      void queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation) })
      void queryClient.invalidateQueries({ queryKey: keys.conversations(tenant) })
      await queryClient.invalidateQueries({ queryKey: keys.messages(tenant, conversation) })
    },
  })
  const submit = () => {
    if (fault !== null || send.isPending) return
    // What was tried is tried again as it was: the server may have it already, and under its key takes no other.
    send.mutate(send.variables ?? { ...chosen, caption: hasCaption ? text.trim() : '', replyTo, limits })
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <FilePreview file={file} kind={kind} />
      {fault !== null && <FaultNotice fault={fault} />}
      {fault === null && kind !== kindOf(file, undefined) && limits !== undefined && (
        <Notice tone="info" title={t('attach.as-document', { size: formatSize(limits.other, language) })} testId="file-as-document" />
      )}
      {hasCaption && <Caption text={text} onText={onText} onEnter={submit} isFixed={send.status !== 'idle'} />}
      {fault === null && !hasCaption && text.trim() !== '' && <p className="text-sm text-ink-soft">{t('attach.no-caption')}</p>}
      <WillWait tenant={tenant} />
      <ProblemNotice error={send.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose} autoFocus={fault !== null && isLast} data-testid="send-file-cancel">
          {t(isLast ? 'common.cancel' : 'attach.cancel-all')}
        </Button>
        {!isLast && (
          <Button onClick={() => onSkip(chosen)} autoFocus={fault !== null} data-testid="send-file-skip">
            {t('attach.skip')}
          </Button>
        )}
        <Button
          type="submit"
          look="primary"
          autoFocus={fault === null && !hasCaption}
          busy={send.isPending}
          disabled={fault !== null}
          data-testid="send-file-send"
        >
          {t(send.isError ? 'common.retry' : 'composer.send')}
        </Button>
      </div>
    </form>
  )
}

function FaultNotice({ fault }: { fault: Fault }) {
  const t = useT()
  const language = useLanguage()
  const title = fault.what === 'empty' ? t('attach.empty') : t('attach.too-large', { size: formatSize(fault.most, language) })
  return <Notice tone="bad" title={title} role="alert" testId="file-fault" />
}

type CaptionProps = { text: string; onText: (text: string) => void; onEnter: () => void; /** It has been tried so. */ isFixed: boolean }

/** As where one writes: Enter sends, Shift+Enter makes a line. */
function Caption({ text, onText, onEnter, isFixed }: CaptionProps) {
  const t = useT()
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    onEnter()
  }
  return (
    <textarea
      autoFocus
      // What is written goes on at its end.
      onFocus={({ target }) => target.setSelectionRange(target.value.length, target.value.length)}
      rows={1}
      maxLength={LONGEST}
      readOnly={isFixed}
      value={text}
      aria-label={t('attach.caption')}
      placeholder={t('attach.caption')}
      title={t('composer.keys')}
      className="field-sizing-content max-h-36 min-h-10 w-full resize-none rounded-3xl border border-line-strong bg-surface px-4 py-2 text-base placeholder:text-ink-soft read-only:bg-sunken sm:text-sm"
      onChange={(event) => onText(event.target.value)}
      onKeyDown={onKey}
      data-testid="caption"
    />
  )
}
