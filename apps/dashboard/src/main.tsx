import { I18nProvider } from '@lingui/react'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider, type RouteComponent } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { createQueryClient } from './api/query-client.ts'
import { sessionEnded } from './features/session/over.ts'
import { followTheme } from './features/theme/theme.ts'
import { readLanguage } from './i18n/language.ts'
import { createPageI18n, startTexts } from './i18n/load.ts'
import { createAppRouter } from './routes/router.tsx'
import { ignoreStrayFiles } from './routes/stray-files.ts'
import './ui/styles.css'

// zod's compiled parsers need `eval`, which our content security policy refuses.
z.config({ jitless: true })

async function start(): Promise<void> {
  followTheme()
  ignoreStrayFiles()
  const language = readLanguage()
  document.documentElement.lang = language
  const queryClient = createQueryClient(() => sessionEnded(queryClient))
  const i18n = createPageI18n()
  const router = createAppRouter({ queryClient, i18n })
  // The page's own program comes while the texts do, and while the server says who is signed in.
  const matches: { routeId: keyof typeof router.routesById }[] = router.matchRoutes(router.latestLocation)
  for (const { routeId } of matches) void preload(router.routesById[routeId].options.component)
  await startTexts(i18n, language)

  const root = document.querySelector('#root')
  if (root === null) throw new Error('index.html has no #root')
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  )
  window.dispatchEvent(new Event('zaptria:started'))
}

/** Only of a page that is a file of its own. A failure is met again by the router, which tells of it. */
async function preload(component: RouteComponent | undefined): Promise<void> {
  await component?.preload?.()?.catch(() => undefined)
}

// public/first.js loads the page anew, once, and then tells of it.
start().catch((error: unknown) => {
  window.dispatchEvent(new Event('zaptria:not-started'))
  throw error
})
