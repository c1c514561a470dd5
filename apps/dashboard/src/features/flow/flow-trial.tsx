import type { Flow } from '@zaptria/contract'
import { FlowTalk, type TalkEvent } from '@zaptria/core'
import { Clock, RotateCcw, SendHorizontal } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'

const HOUR_MS = 3_600_000
const WAITS = [
  ['flow.try.hour', HOUR_MS],
  ['flow.try.day', 24 * HOUR_MS],
] as const satisfies readonly [MessageId, number][]

type Line = { by: 'contact' | 'bot' | 'note'; text: string }

type FlowTrialProps = { flow: Flow | null; onAt: (node: string | null) => void }

/** A chat with the flow as it stands in the editor, by the very code that runs flows. Nothing is sent. `onAt` hears at which node it waits. */
export function FlowTrial({ flow, onAt }: FlowTrialProps) {
  const t = useT()
  return (
    <div data-testid="flow-trial">
      <p className="mb-3 text-sm text-ink-soft">{flow === null ? t('flow.try.broken') : t('flow.try.help')}</p>
      {/* Another flow is another conversation. */}
      {flow !== null && <Talk key={JSON.stringify(flow)} flow={flow} onAt={onAt} />}
    </div>
  )
}

function Talk({ flow, onAt }: { flow: Flow; onAt: (node: string | null) => void }) {
  const t = useT()
  const [talk, setTalk] = useState(() => begin(flow))
  const [lines, setLines] = useState<Line[]>([])
  const [text, setText] = useState('')

  const at = talk.waiting?.node ?? null
  useEffect(() => {
    onAt(at)
    return () => onAt(null)
  }, [at, onAt])

  const noteOf = (event: Exclude<TalkEvent, { kind: 'reply' }>): string => t(`flow.try.${event.kind}`)
  const tell = (said: Line[], events: TalkEvent[]) =>
    setLines((before) => [
      ...before,
      ...said,
      ...events.map((event): Line => (event.kind === 'reply' ? { by: 'bot', text: event.text } : { by: 'note', text: noteOf(event) })),
    ])
  const hear = (said: string) => {
    const events = talk.hear(said)
    const silence: Line[] = events.length > 0 ? [] : [{ by: 'note', text: t(silenceOf(talk)) }]
    tell([{ by: 'contact', text: said }, ...silence], events)
  }
  const wait = (label: MessageId, ms: number) => tell([{ by: 'note', text: t('flow.try.waited', { span: t(label) }) }], talk.wait(ms))
  const restart = () => {
    setTalk(begin(flow))
    setLines([])
  }
  return (
    <>
      <div
        role="log"
        aria-label={t('flow.try')}
        tabIndex={0}
        className="flex h-72 flex-col gap-1.5 overflow-y-auto rounded-control bg-sunken p-3 lg:h-[clamp(16rem,100dvh-32rem,40rem)]"
      >
        {lines.length === 0 && <p className="m-auto max-w-xs text-center text-sm text-ink-soft">{t('flow.try.start')}</p>}
        {lines.map(({ by, text: said }, index) => (
          <p
            key={index}
            ref={index === lines.length - 1 ? (last) => last?.scrollIntoView({ block: 'nearest' }) : undefined}
            data-testid={`flow-trial-${by}`}
            className={cn(
              'max-w-[85%] scroll-m-3 text-sm break-words whitespace-pre-wrap',
              by === 'note' ? 'self-center text-center text-xs text-ink-soft' : 'rounded-2xl px-3 py-1.5 shadow-xs',
              by === 'contact' && 'self-end rounded-br-md bg-bubble-out',
              by === 'bot' && 'self-start rounded-bl-md bg-bubble-bot',
            )}
          >
            {said}
          </p>
        ))}
      </div>
      <form
        className="mt-3 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() === '') return
          hear(text)
          setText('')
        }}
      >
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label={t('flow.try.message')}
          placeholder={t('flow.try.message')}
          autoComplete="off"
          data-testid="flow-trial-text"
          className="min-h-10 min-w-0 flex-1 rounded-control border border-line-strong bg-surface px-3 text-base sm:text-sm"
        />
        <Button type="submit" look="primary" size="icon" aria-label={t('flow.try.send')} data-testid="flow-trial-send">
          <SendHorizontal aria-hidden />
        </Button>
      </form>
      <div className="mt-3 flex flex-wrap gap-2">
        {WAITS.map(([label, ms]) => (
          <Button key={label} size="sm" onClick={() => wait(label, ms)} data-testid={label}>
            <Clock aria-hidden />
            {t('flow.try.wait', { span: t(label) })}
          </Button>
        ))}
        {talk.person && (
          <Button
            size="sm"
            onClick={() => {
              talk.giveBack()
              tell([{ by: 'note', text: t('flow.try.back.done') }], [])
            }}
            data-testid="flow-trial-back"
          >
            {t('flow.try.back')}
          </Button>
        )}
        <Button size="sm" look="quiet" onClick={restart} data-testid="flow-trial-restart">
          <RotateCcw aria-hidden />
          {t('flow.try.restart')}
        </Button>
      </div>
    </>
  )
}

const silenceOf = ({ person, waiting }: FlowTalk): MessageId => {
  if (person) return 'flow.try.person'
  return waiting === null || waiting.dueAtMs === null ? 'flow.try.silent' : 'flow.try.waiting'
}

const begin = (flow: Flow): FlowTalk => new FlowTalk(flow, { nowMs: Date.now(), phone: '5511987654321', name: 'Ana' })
