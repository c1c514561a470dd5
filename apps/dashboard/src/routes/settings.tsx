import { ApiKeysCard } from '../features/api-keys/api-keys-card.tsx'
import { LanguageSwitch } from '../features/session/language-switch.tsx'
import { PasswordCard } from '../features/session/password-card.tsx'
import { ThemeSwitch } from '../features/theme/theme-switch.tsx'
import { useT } from '../i18n/use-t.ts'
import { Card, CardTitle } from '../ui/card.tsx'
import { Page, PageTitle, usePageTitle } from '../ui/page.tsx'

export function SettingsRoute() {
  const t = useT()
  usePageTitle(t('settings.title'))
  return (
    <Page>
      <PageTitle>{t('settings.title')}</PageTitle>
      <div className="grid gap-5 sm:grid-cols-2">
        <Card>
          <CardTitle help={t('language.help')}>{t('language.label')}</CardTitle>
          <LanguageSwitch />
        </Card>
        <Card>
          <CardTitle help={t('theme.help')}>{t('theme.label')}</CardTitle>
          <ThemeSwitch />
        </Card>
      </div>
      <PasswordCard />
      <ApiKeysCard />
    </Page>
  )
}
