import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLabEvents } from '../api/live'

/** Events that come within this time share one refresh. */
const GATHER_MS = 40

/** Keeps what the page shows of the lab as new as its events. */
export function useLabRefresh() {
  const queries = useQueryClient()
  const due = useRef(new Map<string, string[]>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  useLabEvents((data, kind) => {
    const { channel_id: channel, guild_id: guild } = data as { channel_id?: string; guild_id?: string }
    for (const key of [...keysOf(kind, channel, guild), ...changesOf(kind, data), ['lab', 'timeline'], ['lab', 'faults']]) due.current.set(key.join(' '), key)
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      for (const queryKey of due.current.values()) void queries.invalidateQueries({ queryKey })
      due.current.clear()
    }, GATHER_MS)
  })
}

function keysOf(kind: string, channel?: string, guild?: string): string[][] {
  const messages = channel ? [['lab', 'messages', channel]] : []
  switch (kind) {
    case 'message_create':
    case 'message_update':
    case 'message_delete':
    case 'pins_update':
    case 'reaction_add':
    case 'reaction_remove':
    case 'interaction_failed':
      return messages
    case 'interaction_response':
      return [...messages, ['lab', 'modals']]
    case 'modal_open':
      return [['lab', 'modals']]
    case 'member_join':
    case 'member_leave':
      return [['lab', 'state'], ...messages]
    case 'member_update':
    case 'ban_add':
    case 'ban_remove':
    case 'voice_state_update':
    case 'guild_create':
    case 'guild_delete':
    case 'action':
      return [['lab', 'state']]
    case 'modal_close':
      return [['lab', 'modals']]
    case 'clock':
      return [['lab', 'clock']]
    case 'commands_updated':
      return [guild ? ['lab', 'commands', guild] : ['lab', 'commands']]
    default:
      return []
  }
}

/** Whatever the bot changed in the server itself: channels, roles, threads. */
function changesOf(kind: string, data: unknown): string[][] {
  if (kind !== 'rest') return []
  const { method, path, status } = data as { method?: string; path?: string; status?: number }
  const changed = method !== 'GET' && (status ?? 200) < 400 && path !== undefined && !path.includes('/messages')
  return changed ? [['lab', 'state']] : []
}
