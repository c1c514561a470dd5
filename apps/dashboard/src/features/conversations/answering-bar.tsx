import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Answering, Conversation } from '@zaptria/contract'
import { TimeAgo } from '../../format/time-ago.tsx'
import { formatUntil } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { keys } from '../../api/keys.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { answerer, writes } from './answerer.ts'
import { setAnswering } from './conversations.ts'
import { newestMessagesQuery } from './messages.ts'

/** Who answers here, and the one click that changes it. */
export function AnsweringBar({ tenant, conversation }: { tenant: string; conversation: Conversation }) {
  const t = useT()
  const queryClient = useQueryClient()
  const { who, icon: Icon, text } = answerer(conversation)
  const silent = who === 'person'
  const change = useMutation({
    mutationFn: (answering: Answering) => setAnswering(tenant, conversation.id, answering),
    onSettled: async () => {
      void queryClient.invalidateQueries({ queryKey: keys.conversations(tenant) })
      await queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation.id) })
    },
  })
  return (
    <div data-testid="answering" data-answering={conversation.answering}>
      <div
        className={cn(
          'flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b px-4 py-2 text-sm',
          silent ? 'bg-warn-soft text-warn' : 'bg-sunken text-ink-soft',
        )}
      >
        <Icon className="size-4 shrink-0" aria-hidden />
        <p role="status" className="min-w-0 flex-1 basis-40">
          {silent ? <Silent tenant={tenant} conversation={conversation} /> : t(text)}
          {who !== 'group' && (
            <>
              {' '}
              · <TimeAgo at={conversation.answering_since} />
            </>
          )}
          {silent && conversation.bot_resumes_at !== null && <Resumes at={conversation.bot_resumes_at} />}
        </p>
        {silent ? (
          <Button size="sm" look="primary" busy={change.isPending} onClick={() => change.mutate('bot')} data-testid="give-back">
            {t('answering.give-back')}
          </Button>
        ) : (
          who === 'bot' && (
            <Button size="sm" busy={change.isPending} onClick={() => change.mutate('person')} data-testid="take-over">
              {t('answering.take-over')}
            </Button>
          )
        )}
      </div>
      <ProblemNotice error={change.error} className="rounded-none" />
      {conversation.stuck && (
        <Notice tone="bad" title={t('conversation.stuck')} className="rounded-none" testId="stuck">
          {t('conversation.stuck.do')}
        </Notice>
      )}
    </div>
  )
}

const SILENT = { person: 'answering.silent.person', owner: 'answering.silent.owner', nobody: 'answering.silent.nobody' } as const

/** Who answers instead, as far as the messages tell. */
function Silent({ tenant, conversation: { id, answering_since: since } }: { tenant: string; conversation: Conversation }) {
  const t = useT()
  // The chat keeps them fresh.
  const { data } = useQuery({ ...newestMessagesQuery(tenant, id), refetchInterval: false })
  return t(SILENT[writes(data?.items ?? [], since) ?? 'nobody'])
}

function Resumes({ at }: { at: string }) {
  const t = useT()
  const language = useLanguage()
  const span = formatUntil(new Date(at), useNow(10_000), language)
  return <> · {span === null ? t('answering.resumes.now') : t('answering.resumes', { span })}</>
}
