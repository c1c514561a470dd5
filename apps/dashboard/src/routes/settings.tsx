import { ApiKeysCard } from '../features/api-keys/api-keys-card.tsx'
import { LanguageSwitch } from '../features/session/language-switch.tsx'
import { PasswordCard } from '../features/session/password-card.tsx'
import { useT } from '../i18n/use-t.ts'
import { Card, CardTitle } from '../ui/card.tsx'
import { Page, PageTitle, usePageTitle } from '../ui/page.tsx'

export function SettingsRoute() {
  const t = useT()
  usePageTitle(t('settings.title'))
  return (
    <Page>
      <PageTitle>{t('settings.title')}</PageTitle>
      <Card>
        <CardTitle help={t('language.help')}>{t('language.label')}</CardTitle>
        <LanguageSwitch />
      </Card>
      <PasswordCard />
      <ApiKeysCard />
    </Page>
  )
}
