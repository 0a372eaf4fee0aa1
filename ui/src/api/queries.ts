/** What is asked of the appliance, each under the key the live events refresh it by. */

import { queryOptions } from '@tanstack/react-query'
import { api } from './client'
import { unwrap } from './problem'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => unwrap(api.GET('/api/session')),
  staleTime: Infinity,
})

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => unwrap(api.GET('/api/status')),
})

export const guildsQuery = queryOptions({
  queryKey: ['guilds'],
  queryFn: () => unwrap(api.GET('/api/guilds')),
})

export const pluginsQuery = queryOptions({
  queryKey: ['plugins'],
  queryFn: () => unwrap(api.GET('/api/plugins')),
})

export const installationsQuery = queryOptions({
  queryKey: ['installations'],
  queryFn: () => unwrap(api.GET('/api/installations')),
})

/** How many of the newest lines a log opens with. */
export const LOG_LINES = 300

export const logsQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', id],
    queryFn: () =>
      unwrap(api.GET('/api/installations/{id}/logs', { params: { path: { id }, query: { limit: LOG_LINES } } })),
    // Live lines are added as they come; asking again is for reconnects.
    staleTime: 0,
    gcTime: 0,
  })
