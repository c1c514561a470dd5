import { MessagesSquare, Plus } from 'lucide-react'
import { ApiError } from '../../api/client.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { DialogAway, DialogLoading, PartLoading } from '../../ui/part-loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Status, StatusIcon } from '../../ui/status.tsx'
import { Sample, Section, State, States } from './sample.tsx'

const TONES = ['info', 'ok', 'warn', 'bad'] as const
const STATUS = ['ok', 'busy', 'wait', 'warn', 'bad', 'off'] as const

const PASSING = new ApiError({ code: 'unavailable', status: 503 })
const FINAL = new ApiError({
  code: 'validation_failed',
  status: 400,
  errors: [{ path: 'nodes.menu.options[2].next', message: 'there is no node "preços"' }],
})

export function Feedback() {
  const t = useT()
  return (
    <Section title={t('design.feedback')}>
      <Sample of="Status">
        <States>
          {STATUS.map((tone) => (
            <State key={tone} name={tone}>
              <Status tone={tone}>{t('design.sample')}</Status>
            </State>
          ))}
          <State name={t('design.state.long')}>
            <Status tone="warn">{t('design.sample.long')}</Status>
          </State>
        </States>
      </Sample>
      <Sample of="StatusIcon">
        <States>
          {STATUS.map((tone) => (
            <State key={tone} name={tone}>
              <StatusIcon tone={tone} />
            </State>
          ))}
        </States>
      </Sample>
      <Sample of="Notice">
        <div className="grid gap-3 lg:grid-cols-2">
          {TONES.map((tone) => (
            <Notice key={tone} tone={tone} title={t('design.sample')} actions={<Button size="sm">{t('design.open')}</Button>}>
              {t('design.help')}
            </Notice>
          ))}
          <Notice tone="info" title={t('design.sample')} />
          <Notice tone="bad" title={t('design.sample.long')}>
            {t('design.sample.long')}
          </Notice>
        </div>
      </Sample>
      <Sample of="ProblemNotice">
        <div className="grid items-start gap-3 lg:grid-cols-2">
          <ProblemNotice error={PASSING} onRetry={() => undefined} />
          <ProblemNotice error={FINAL} />
        </div>
      </Sample>
      <Sample of="Loading">
        <div className="rounded-card border bg-surface">
          <Loading lines={4} />
        </div>
      </Sample>
      <Sample of="PartLoading">
        <div className="grid gap-3 lg:grid-cols-2">
          <PartLoading lines={2} />
          <PartLoading lines={2} away />
        </div>
      </Sample>
      <Sample of="DialogAway">
        {/* Where it stands else, over the page. */}
        <div className="relative h-20 transform-gpu">
          <DialogAway onGone={() => undefined} />
        </div>
      </Sample>
      <Sample of="DialogLoading">
        <div>
          <DialogLoading onGiveUp={() => undefined} />
        </div>
      </Sample>
      <Sample of="Empty">
        <div className="grid gap-3 lg:grid-cols-2">
          <div className="rounded-card border bg-surface">
            <Empty
              icon={MessagesSquare}
              title={t('conversations.empty')}
              action={
                <Button look="primary">
                  <Plus aria-hidden />
                  {t('tenants.create')}
                </Button>
              }
            >
              {t('conversations.empty.next')}
            </Empty>
          </div>
          <div className="rounded-card border bg-surface">
            <Empty icon={MessagesSquare} title={t('conversations.choose')} />
          </div>
        </div>
      </Sample>
    </Section>
  )
}
