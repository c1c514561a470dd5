import type { I18n } from '@lingui/core'
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { z } from 'zod'
import { fetchPart } from '../api/part.ts'
import { loadLaterTexts } from '../i18n/load.ts'
import { wasHere, welcome } from '../features/session/person.ts'
import { askSession } from '../features/session/session.ts'
import { Broken, Coming, NotFound } from './lost.tsx'
import { OverviewRoute, OverviewSearch } from './overview.tsx'
import { Shell } from './shell.tsx'

/*
 * The overview comes with the program; every other page is a file of its own, fetched when somebody goes there (or points
 * at the way there), so that the first page is there soon. `lazyRouteComponent` loads the page anew where a newer version has
 * taken a file's place, as it is thrown to it only while the server answers.
 */
const tenantPages = () => fetchPart(() => import('./tenant.tsx'))
const conversationPages = () => fetchPart(() => import('./conversations.tsx'))

type Context = { queryClient: QueryClient; i18n: I18n }

/** Of a page whose texts are not among those that come first. */
const laterTexts = ({ context }: { context: Context }) => loadLaterTexts(context.i18n)

const root = createRootRouteWithContext<Context>()({ component: Outlet })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({ token: z.string().optional(), back: z.string().optional() }),
  component: lazyRouteComponent(() => fetchPart(() => import('./sign-in.tsx')), 'SignInRoute'),
})

/** For a customer who was sent a link, without signing in. */
const pair = createRoute({
  getParentRoute: () => root,
  path: '/pair',
  component: lazyRouteComponent(() => fetchPart(() => import('./pair.tsx')), 'PairRoute'),
})

/** Every component in every state, for people who work on this. */
const design = createRoute({
  getParentRoute: () => root,
  path: '/design',
  loader: laterTexts,
  component: lazyRouteComponent(() => fetchPart(() => import('../features/design/design-page.tsx')), 'DesignPage'),
})

/** For developers, without signing in; loaded when somebody asks for it. */
const apiReference = createRoute({
  getParentRoute: () => root,
  path: '/api-reference',
  loader: laterTexts,
  component: lazyRouteComponent(() => fetchPart(() => import('../features/api-reference/reference-page.tsx')), 'ReferencePage'),
})

/** Everything for which one must be signed in. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const user = await askSession(context.queryClient)
    if (user === null) throw redirect({ to: '/sign-in', search: location.href === '/' && !wasHere() ? {} : { back: location.href } })
    welcome(user.id)
  },
  component: Shell,
})

const overview = createRoute({ getParentRoute: () => app, path: '/', validateSearch: OverviewSearch, component: OverviewRoute })
const alerts = createRoute({
  getParentRoute: () => app,
  path: '/alerts',
  component: lazyRouteComponent(() => fetchPart(() => import('../features/alerts/alerts-page.tsx')), 'AlertsPage'),
})
const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  loader: laterTexts,
  component: lazyRouteComponent(() => fetchPart(() => import('./settings.tsx')), 'SettingsRoute'),
})
const tenant = createRoute({
  getParentRoute: () => app,
  path: '/tenants/$tenantId',
  component: lazyRouteComponent(tenantPages, 'TenantRoute'),
})
const connect = createRoute({ getParentRoute: () => tenant, path: '/', component: lazyRouteComponent(tenantPages, 'ConnectRoute') })
const conversations = createRoute({
  getParentRoute: () => tenant,
  path: '/conversations',
  loader: laterTexts,
  component: lazyRouteComponent(conversationPages, 'ConversationsRoute'),
})
const conversation = createRoute({
  getParentRoute: () => tenant,
  path: '/conversations/$conversationId',
  loader: laterTexts,
  component: lazyRouteComponent(conversationPages, 'ConversationRoute'),
})
const flow = createRoute({
  getParentRoute: () => tenant,
  path: '/flow',
  loader: laterTexts,
  component: lazyRouteComponent(() => fetchPart(() => import('./flow.tsx')), 'FlowRoute'),
})
const details = createRoute({
  getParentRoute: () => tenant,
  path: '/details',
  loader: laterTexts,
  component: lazyRouteComponent(() => fetchPart(() => import('./details.tsx')), 'DetailsRoute'),
})

const routeTree = root.addChildren([
  signIn,
  pair,
  design,
  apiReference,
  app.addChildren([overview, alerts, settings, tenant.addChildren([connect, conversations, conversation, flow, details])]),
])

export function createAppRouter(context: Context) {
  return createRouter({
    routeTree,
    context,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Broken,
    defaultPendingComponent: Coming,
    defaultPreload: 'intent',
    // What a page shows is the query client's to keep; the router fetches its program alone.
    defaultPreloadStaleTime: 0,
    // Plain strings: the router's own parser reads values as JSON, and a sign-in token of digits would become a number.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (values) => {
      const text = new URLSearchParams(
        Object.entries(values).flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, String(value)]])),
      ).toString()
      return text === '' ? '' : `?${text}`
    },
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
