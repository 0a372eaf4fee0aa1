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
    for (const key of keysOf(kind, channel, guild)) due.current.set(key.join(' '), key)
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
    case 'commands_updated':
      return [guild ? ['lab', 'commands', guild] : ['lab', 'commands']]
    default:
      return []
  }
}
