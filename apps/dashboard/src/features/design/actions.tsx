import { Plus, Send, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { CopyButton, CopyField } from '../../ui/copy.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { Sample, Section, State, States } from './sample.tsx'

const LOOKS = ['primary', 'secondary', 'quiet', 'danger', 'danger-quiet'] as const
const SIZES = ['md', 'sm'] as const

export function Actions() {
  const t = useT()
  const [chosen, setChosen] = useState<'a' | 'b' | 'c'>('a')
  return (
    <Section title={t('design.actions')}>
      <Sample of="Button">
        {LOOKS.map((look) => (
          <States key={look}>
            {SIZES.map((size) => (
              <State key={size} name={`${look} · ${size}`}>
                <Button look={look} size={size}>
                  {t('common.save')}
                </Button>
              </State>
            ))}
            <State name="icon">
              <Button look={look} size="icon" aria-label={t('design.open')}>
                {look.startsWith('danger') ? <Trash2 aria-hidden /> : <Plus aria-hidden />}
              </Button>
            </State>
            <State name={t('design.state.focus')}>
              <Button look={look} data-focus-ring>
                {t('common.save')}
              </Button>
            </State>
            <State name={t('design.state.busy')}>
              <Button look={look} busy>
                {t('common.save')}
              </Button>
            </State>
            <State name={t('design.state.disabled')}>
              <Button look={look} disabled>
                {t('common.save')}
              </Button>
            </State>
          </States>
        ))}
        <States>
          <State name={t('design.state.long')}>
            <Button look="primary" className="max-w-full">
              <Send aria-hidden />
              <span className="min-w-0 py-2 text-left wrap-anywhere">{t('design.sample.long')}</span>
            </Button>
          </State>
          <State name="buttonClass">
            <a href="#top" className={buttonClass({ look: 'secondary' })}>
              {t('design.open')}
            </a>
          </State>
        </States>
      </Sample>
      <Sample of="Choice">
        <Choice
          label={t('design.actions')}
          value={chosen}
          onChange={setChosen}
          options={[
            { value: 'a', text: t('theme.light') },
            { value: 'b', text: t('theme.dark') },
            { value: 'c', text: t('theme.system') },
          ]}
        />
      </Sample>
      <Sample of="CopyField">
        <div className="max-w-xl">
          <CopyField value="zbt_5n0w9q2m7c4x8v1b6k3j0h5g2f9d8s7a6p4o1i" label={t('token.label')} testId="design-copy" />
        </div>
      </Sample>
      <Sample of="CopyButton">
        <CodeToCopy />
      </Sample>
      <Sample of="Spinner">
        <p className="flex items-center gap-2 text-sm">
          <Spinner className="text-info" />
          {t('common.loading')}
        </p>
      </Sample>
    </Section>
  )
}

function CodeToCopy() {
  const shown = useRef<HTMLParagraphElement>(null)
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p ref={shown} className="font-mono text-2xl font-semibold tracking-widest">
        ABCD-1234
      </p>
      <CopyButton value="ABCD1234" shown={shown} testId="design-code" />
    </div>
  )
}
