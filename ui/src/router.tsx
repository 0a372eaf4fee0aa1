/** Where things are: every address of the page. */

import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { App, Broken, NotFound, PluginsPage, Start } from './App'
import { LabIndex, LabPage, type View } from './lab/LabPage'

const root = createRootRoute({ component: App, notFoundComponent: NotFound })

const start = createRoute({ getParentRoute: () => root, path: '/', component: Start })

const labIndex = createRoute({ getParentRoute: () => root, path: '/lab', component: LabIndex })

const VIEWS: readonly string[] = ['channels', 'chat', 'plugins', 'members', 'timeline']

export interface LabSearch {
  /** What is beside the chat, or instead of it where there is no room beside it. */
  view?: View | undefined
  /** The plugin being looked into. */
  plugin?: string | undefined
}

const lab = createRoute({
  getParentRoute: () => root,
  path: '/lab/$guild/$channel',
  component: LabPage,
  validateSearch: (search: Record<string, unknown>): LabSearch => ({
    view: typeof search.view === 'string' && VIEWS.includes(search.view) ? (search.view as View) : undefined,
    plugin: typeof search.plugin === 'string' ? search.plugin : undefined,
  }),
})

const plugins = createRoute({ getParentRoute: () => root, path: '/plugins', component: PluginsPage })

export const router = createRouter({
  routeTree: root.addChildren([start, labIndex, lab, plugins]),
  defaultPreload: false,
  defaultErrorComponent: Broken,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
