/** The simulator's hand, as the lab page uses it: everything that members, owners and the network can do. */

import { queryOptions } from '@tanstack/react-query'
import { api } from '../api/client'
import { unwrap } from '../api/problem'
import type { components } from '../api/schema'
import { ChannelType, type Channel, type Member, type Role } from '../discord/types'

export interface ClockState {
  now: string
  frozen: boolean
}

export interface TimelineEntry {
  seq: number
  at: string
  kind: string
  guild_id?: string
  channel_id?: string
  /** The entry that caused this one, where the simulator knows it. */
  cause?: number
  [more: string]: unknown
}

export type FaultSpec = components['schemas']['FaultSpec']
/** A fault in force, with how often it struck. */
export type Fault = components['schemas']['Fault']

export interface VoiceState {
  channel_id: string | null
  self_mute?: boolean
  self_deaf?: boolean
}

export interface MemberChange {
  nick?: string | null
  roles?: string[]
  communication_disabled_until?: string | null
}

export interface ChannelForm {
  name: string
  type?: number
  topic?: string | null
  parent_id?: string | null
}

export interface RoleForm {
  name: string
  color: number
  permissions: string
}

/** How much of the past the timeline panel shows. */
export const TIMELINE_SHOWN = 300

export const clockQuery = queryOptions({
  queryKey: ['lab', 'clock'],
  queryFn: async () => await unwrap<ClockState>(api.GET('/api/lab/clock')),
})

export const faultsQuery = queryOptions({
  queryKey: ['lab', 'faults'],
  queryFn: async () => await unwrap<Fault[]>(api.GET('/api/lab/faults')),
})

export const timelineQuery = queryOptions({
  queryKey: ['lab', 'timeline'],
  queryFn: async () => {
    const { entries } = (await unwrap(api.GET('/api/lab/timeline', { params: { query: { limit: TIMELINE_SHOWN } } }))) as {
      entries: TimelineEntry[]
    }
    return entries
  },
})

const inGuild = (guild: string, user: string) => ({ params: { path: { guild_id: guild, user } } })
const inChannel = (channel: string) => ({ params: { path: { channel_id: channel } } })
const ofRole = (guild: string, role: string) => ({ params: { path: { guild_id: guild, role_id: role } } })
const ofMessage = (channel: string, message: string) => ({ params: { path: { channel_id: channel, message_id: message } } })

export const stage = {
  changeMember: async (guild: string, user: string, change: MemberChange) =>
    (await unwrap(
      api.PATCH('/api/lab/guilds/{guild_id}/members/{user}', { ...inGuild(guild, user), body: change as never }),
    )) as unknown as Member,
  ban: (guild: string, user: string) => unwrap<unknown>(api.PUT('/api/lab/guilds/{guild_id}/bans/{user}', inGuild(guild, user))),
  unban: (guild: string, user: string) => unwrap<unknown>(api.DELETE('/api/lab/guilds/{guild_id}/bans/{user}', inGuild(guild, user))),
  voice: (guild: string, user: string, state: VoiceState) =>
    unwrap<unknown>(api.PUT('/api/lab/guilds/{guild_id}/voice/{user}', { ...inGuild(guild, user), body: state as never })),

  createChannel: async (guild: string, form: ChannelForm) =>
    (await unwrap(
      api.POST('/api/lab/guilds/{guild_id}/channels', { params: { path: { guild_id: guild } }, body: form as never }),
    )) as unknown as Channel,
  changeChannel: (channel: string, form: ChannelForm) =>
    unwrap<unknown>(api.PATCH('/api/lab/channels/{channel_id}', { ...inChannel(channel), body: form as never })),
  deleteChannel: (channel: string) => unwrap<unknown>(api.DELETE('/api/lab/channels/{channel_id}', inChannel(channel))),

  createRole: async (guild: string, form: RoleForm) =>
    (await unwrap(
      api.POST('/api/lab/guilds/{guild_id}/roles', { params: { path: { guild_id: guild } }, body: form as never }),
    )) as unknown as Role,
  changeRole: (guild: string, role: string, form: RoleForm) =>
    unwrap<unknown>(api.PATCH('/api/lab/guilds/{guild_id}/roles/{role_id}', { ...ofRole(guild, role), body: form as never })),
  deleteRole: (guild: string, role: string) =>
    unwrap<unknown>(api.DELETE('/api/lab/guilds/{guild_id}/roles/{role_id}', ofRole(guild, role))),

  editMessage: (channel: string, message: string, as: string, content: string) =>
    unwrap<unknown>(
      api.PATCH('/api/lab/channels/{channel_id}/messages/{message_id}', { ...ofMessage(channel, message), body: { as, content } }),
    ),
  deleteMessage: (channel: string, message: string, as: string) =>
    unwrap<unknown>(api.DELETE('/api/lab/channels/{channel_id}/messages/{message_id}', { ...ofMessage(channel, message), body: { as } })),

  pin: (channel: string, message: string, as: string, pinned: boolean) =>
    unwrap<unknown>(
      api.PUT('/api/lab/channels/{channel_id}/messages/{message_id}/pin', { ...ofMessage(channel, message), body: { as, pinned } }),
    ),
  /** Starts a thread at a message, or in the channel itself. */
  startThread: async (channel: string, as: string, name: string, message?: string) =>
    (await unwrap(
      api.POST('/api/lab/channels/{channel_id}/threads', {
        ...inChannel(channel),
        body: { as, message_id: message, form: (message ? { name } : { name, type: ChannelType.Thread }) as never },
      }),
    )) as unknown as Channel,
  /** Starts a post in a forum. */
  startPost: async (forum: string, as: string, name: string, content: string) =>
    (await unwrap(
      api.POST('/api/lab/channels/{channel_id}/threads', {
        ...inChannel(forum),
        body: { as, form: { name, message: { content } } as never },
      }),
    )) as unknown as Channel,
  kick: (guild: string, user: string, as: string) =>
    unwrap<unknown>(api.POST('/api/lab/guilds/{guild_id}/members/{user}/kick', { ...inGuild(guild, user), body: { as } })),

  fault: (spec: FaultSpec) => unwrap<unknown>(api.POST('/api/lab/faults', { body: spec })),
  healFaults: () => unwrap<unknown>(api.DELETE('/api/lab/faults')),

  freeze: async (frozen: boolean) => await unwrap<ClockState>(api.POST('/api/lab/clock', { body: { frozen } })),
  advance: async (milliseconds: number) =>
    await unwrap<ClockState>(api.POST('/api/lab/clock', { body: { advance_ms: milliseconds } })),
  disturb: (action: 'reconnect' | 'drop' | 'invalidate') => unwrap<unknown>(api.POST('/api/lab/gateway', { body: { action } })),
}
