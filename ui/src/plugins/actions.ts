/** What the owner does to plugins and installations. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client'
import { unwrap } from '../api/problem'
import { complain } from '../shared/notify'

function useRefresh() {
  const queries = useQueryClient()
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['installations'] }),
      queries.invalidateQueries({ queryKey: ['plugins'] }),
    ])
}

export function useUpload() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (zip: File) =>
      unwrap(
        api.POST('/api/plugins', {
          body: { zip: '' },
          bodySerializer: () => {
            const form = new FormData()
            form.append('zip', zip)
            return form
          },
        }),
      ),
    onSuccess: refresh,
  })
}

export interface InstallChoice {
  plugin: string
  hash: string
  guild: string
  capabilities: string[]
  enable: boolean
}

/** Installs or updates; where this very version is installed (`existing`), permits and starts it. */
export function useInstall(existing: string | undefined) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: async (choice: InstallChoice) => {
      if (existing === undefined) return unwrap(api.POST('/api/installations', { body: choice }))
      const params = { params: { path: { id: existing } } }
      await unwrap(api.PUT('/api/installations/{id}/grants', { ...params, body: { capabilities: choice.capabilities } }))
      return unwrap(api.POST('/api/installations/{id}/enable', params))
    },
    onSuccess: refresh,
  })
}

export type Switch = 'enable' | 'disable' | 'restart'

export function useSwitch(id: string, name: string) {
  const refresh = useRefresh()
  const params = { params: { path: { id } } }
  return useMutation({
    mutationFn: (what: Switch) => {
      switch (what) {
        case 'enable':
          return unwrap(api.POST('/api/installations/{id}/enable', params))
        case 'disable':
          return unwrap(api.POST('/api/installations/{id}/disable', params))
        case 'restart':
          return unwrap(api.POST('/api/installations/{id}/restart', params))
      }
    },
    onSuccess: refresh,
    onError: (error, what) => complain(`${name} could not be ${what === 'disable' ? 'stopped' : 'started'}`, error),
  })
}

export function useGrant(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (capabilities: string[]) =>
      unwrap(api.PUT('/api/installations/{id}/grants', { params: { path: { id } }, body: { capabilities } })),
    onSuccess: refresh,
  })
}

export function useUninstall(id: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: () => unwrap<unknown>(api.DELETE('/api/installations/{id}', { params: { path: { id } } })),
    onSuccess: refresh,
  })
}

export function useDeletePlugin(plugin: string) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: () => unwrap<unknown>(api.DELETE('/api/plugins/{plugin}', { params: { path: { plugin } } })),
    onSuccess: refresh,
  })
}
