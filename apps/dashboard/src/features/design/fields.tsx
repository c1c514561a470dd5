import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { SelectField, TextAreaField, TextField } from '../../ui/field.tsx'
import { SwitchField } from '../../ui/switch-field.tsx'
import { Sample, Section } from './sample.tsx'

const GRID = 'grid gap-5 sm:grid-cols-2 lg:grid-cols-3'

export function Fields() {
  const t = useT()
  const [on, setOn] = useState(true)
  const options = (
    <>
      <option>{t('subscription.paid')}</option>
      <option>{t('subscription.past_due')}</option>
    </>
  )
  return (
    <Section title={t('design.input')}>
      <Sample of="TextField">
        <div className={GRID}>
          <TextField label={t('design.state.plain')} placeholder={t('tenants.search')} />
          <TextField label={t('design.state.hint')} hint={t('tenants.name.hint')} defaultValue="Padaria Estrela" />
          <TextField label={t('design.state.error')} error={t('password.short')} type="password" defaultValue="abc" autoComplete="off" />
          <TextField label={t('design.state.focus')} defaultValue="Padaria Estrela" data-focus-ring />
          <TextField label={t('design.state.disabled')} defaultValue="Padaria Estrela" disabled />
          <TextField label={t('design.state.long')} defaultValue={t('design.sample.long')} hint={t('design.sample.long')} />
        </div>
      </Sample>
      <Sample of="TextAreaField">
        <div className={GRID}>
          <TextAreaField label={t('design.state.plain')} rows={2} />
          <TextAreaField label={t('design.state.error')} error={t('password.short')} defaultValue={t('design.sample.long')} rows={2} />
          <TextAreaField
            label={t('design.state.disabled')}
            hint={t('tenants.name.hint')}
            defaultValue="Padaria Estrela"
            rows={2}
            disabled
          />
        </div>
      </Sample>
      <Sample of="SelectField">
        <div className={GRID}>
          <SelectField label={t('design.state.plain')}>{options}</SelectField>
          <SelectField label={t('design.state.error')} error={t('subscription.hint.past_due')}>
            {options}
          </SelectField>
          <SelectField label={t('design.state.disabled')} hint={t('subscription.hint.paid')} disabled>
            {options}
          </SelectField>
        </div>
      </Sample>
      <Sample of="SwitchField">
        <div className={GRID}>
          <SwitchField label={t(on ? 'design.state.on' : 'design.state.off')} hint={t('tenants.paid.hint')} checked={on} onChange={setOn} />
          <SwitchField label={t('design.state.off')} checked={false} onChange={() => undefined} />
          <SwitchField label={t('design.state.disabled')} hint={t('design.sample.long')} checked disabled onChange={() => undefined} />
        </div>
      </Sample>
    </Section>
  )
}
