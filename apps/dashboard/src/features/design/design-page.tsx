import { useT } from '../../i18n/use-t.ts'
import { Page, PageTitle, usePageTitle } from '../../ui/page.tsx'
import { LanguageSwitch } from '../session/language-switch.tsx'
import { ThemeSwitch } from '../theme/theme-switch.tsx'
import { Actions } from './actions.tsx'
import { Colours } from './colours.tsx'
import { Feedback } from './feedback.tsx'
import { Fields } from './fields.tsx'
import { Product } from './product.tsx'
import { Surfaces } from './surfaces.tsx'
import { Depth, Motion, Space, Type } from './tokens.tsx'

/**
 * Every component in every state. For people who work on Zaptria: no page leads here. Nobody needs to be signed in, for it asks the
 * server nothing and shows nobody's data; so it can be looked at on any build, in a browser or by a test.
 */
export function DesignPage() {
  const t = useT()
  usePageTitle(t('design.title'))
  return (
    <main id="top" data-sample="Page" data-testid="design">
      <Page className="max-w-5xl space-y-10 pb-20">
        <div data-sample="PageTitle">
          <PageTitle
            help={t('design.help')}
            action={
              <div className="flex flex-wrap gap-2">
                <LanguageSwitch />
                <ThemeSwitch />
              </div>
            }
          >
            {t('design.title')}
          </PageTitle>
        </div>
        <Actions />
        <Fields />
        <Feedback />
        <Surfaces />
        <Product />
        <Colours />
        <Type />
        <Space />
        <Motion />
        <Depth />
      </Page>
    </main>
  )
}
