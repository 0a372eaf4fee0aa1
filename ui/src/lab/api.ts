/** The simulator's control API, as the lab page uses it. Discord's objects keep Discord's shapes. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api } from '../api/client'
import { unwrap } from '../api/problem'
import type { Invocation } from '../discord/options'
import type { Command, LabState, Member, Message, OpenModal } from '../discord/types'

export const PAGE = 50

export const labStateQuery = queryOptions({
  queryKey: ['lab', 'state'],
  queryFn: async () => (await unwrap(api.GET('/api/lab/state'))) as unknown as LabState,
})

export const messagesQuery = (channel: string, as: string) =>
  infiniteQueryOptions({
    queryKey: ['lab', 'messages', channel, as],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (await unwrap(
        api.GET('/api/lab/channels/{channel_id}/messages', {
          params: { path: { channel_id: channel }, query: { limit: PAGE, before: pageParam, as } },
        }),
      )) as unknown as Message[],
    // Pages hold the newest last; the next page is the one before the oldest.
    getNextPageParam: (page) => (page.length === PAGE ? page[0]?.id : undefined),
  })

export const commandsQuery = (guild: string) =>
  queryOptions({
    queryKey: ['lab', 'commands', guild],
    queryFn: async () =>
      (await unwrap(api.GET('/api/lab/guilds/{guild_id}/commands', { params: { path: { guild_id: guild } } }))) as unknown as Command[],
  })

export const modalsQuery = (as: string) =>
  queryOptions({
    queryKey: ['lab', 'modals', as],
    queryFn: async () =>
      (await unwrap(api.GET('/api/lab/modals', { params: { query: { as } } }))) as unknown as OpenModal[],
  })

export interface Started {
  interaction_id: string
}

export const lab = {
  post: (channel: string, as: string, content: string, replyTo?: string) =>
    unwrap(
      api.POST('/api/lab/channels/{channel_id}/messages', {
        params: { path: { channel_id: channel } },
        body: { as, content, reply_to: replyTo },
      }),
    ),
  react: (channel: string, message: string, as: string, emoji: string, add: boolean) => {
    const request = { params: { path: { channel_id: channel, message_id: message } }, body: { as, emoji } }
    const path = '/api/lab/channels/{channel_id}/messages/{message_id}/reactions' as const
    return unwrap<unknown>(add ? api.POST(path, request) : api.DELETE(path, request))
  },
  run: async (channel: string, as: string, { name, options }: Invocation) =>
    await unwrap(
      api.POST('/api/lab/channels/{channel_id}/commands', {
        params: { path: { channel_id: channel } },
        body: { as, name, options: options as never },
      }),
    ),
  use: async (channel: string, message: string, as: string, customId: string, values?: string[]) =>
    await unwrap(
      api.POST('/api/lab/channels/{channel_id}/messages/{message_id}/components', {
        params: { path: { channel_id: channel, message_id: message } },
        body: { as, custom_id: customId, values },
      }),
    ),
  submitModal: async (interaction: string, as: string, values: Record<string, string>) =>
    await unwrap(
      api.POST('/api/lab/modals/{interaction_id}/submit', { params: { path: { interaction_id: interaction } }, body: { as, values: values as never } }),
    ),
  dismissModal: (interaction: string) =>
    unwrap<unknown>(api.DELETE('/api/lab/modals/{interaction_id}', { params: { path: { interaction_id: interaction } } })),
  join: async (guild: string, username: string, displayName: string, bot: boolean) =>
    (await unwrap(
      api.POST('/api/lab/guilds/{guild_id}/members', {
        params: { path: { guild_id: guild } },
        body: { username, global_name: displayName, bot },
      }),
    )) as unknown as Member,
  leave: (guild: string, user: string) =>
    unwrap<unknown>(api.DELETE('/api/lab/guilds/{guild_id}/members/{user}', { params: { path: { guild_id: guild, user } } })),
}
