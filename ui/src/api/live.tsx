/** Server-sent events: one source for the appliance, one for the lab, both refetching what they missed. */

import { useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useMemo, useRef, useSyncExternalStore, type ReactNode } from 'react'

export type Connection = 'connecting' | 'open' | 'lost'
type Listener = (data: unknown, kind: string) => void

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000

/** An EventSource that reopens itself whatever happened, and tells when news may have been missed. */
export class LiveSource {
  private source: EventSource | undefined
  private listeners = new Set<Listener>()
  private watchers = new Set<() => void>()
  private retry = FIRST_RETRY_MS
  private timer: ReturnType<typeof setTimeout> | undefined
  private everOpen = false
  state: Connection = 'connecting'

  constructor(
    private readonly address: string,
    private readonly kinds: readonly string[],
    private readonly missed: () => void,
    private readonly refused: () => void,
  ) {}

  open() {
    if (this.source) return
    const source = new EventSource(this.address)
    this.source = source
    source.onopen = () => {
      this.retry = FIRST_RETRY_MS
      if (this.everOpen) this.missed()
      this.everOpen = true
      this.become('open')
    }
    source.onerror = () => {
      this.become('lost')
      // CONNECTING: the browser tries again by itself. CLOSED: the appliance said no, perhaps to an old session.
      if (source.readyState !== EventSource.CLOSED) return
      this.refused()
      this.drop()
      this.timer = setTimeout(() => this.open(), this.retry)
      this.retry = Math.min(this.retry * 2, LONGEST_RETRY_MS)
    }
    const deliver = (event: MessageEvent<string>) => {
      let data: unknown
      try {
        data = JSON.parse(event.data)
      } catch {
        return
      }
      for (const listener of this.listeners) listener(data, event.type)
    }
    for (const kind of this.kinds) source.addEventListener(kind, deliver)
    source.onmessage = deliver
  }

  close() {
    clearTimeout(this.timer)
    this.drop()
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  private drop() {
    this.source?.close()
    this.source = undefined
  }

  private become(state: Connection) {
    if (this.state === state) return
    this.state = state
    for (const watcher of this.watchers) watcher()
  }
}

const APPLIANCE_EVENTS = [
  'installation',
  'installation_removed',
  'plugins',
  'log',
  'audit',
  'needs_permission',
  'status',
  'missed',
] as const
const LAB_EVENTS = [
  'message_create',
  'message_update',
  'message_delete',
  'reaction_add',
  'reaction_remove',
  'member_join',
  'member_leave',
  'member_update',
  'ban_add',
  'ban_remove',
  'voice_state_update',
  'pins_update',
  'typing_start',
  'guild_create',
  'guild_delete',
  'action',
  'dispatch',
  'clock',
  'interaction_create',
  'interaction_response',
  'interaction_failed',
  'modal_open',
  'modal_close',
  'commands_updated',
  'gateway',
  'rest',
  'unimplemented',
] as const

interface Live {
  appliance: LiveSource
  lab: LiveSource | undefined
}
const LiveContext = createContext<Live | undefined>(undefined)

export function LiveProvider({ lab, children }: { lab: boolean; children: ReactNode }) {
  const queries = useQueryClient()
  const live = useMemo<Live>(() => {
    const refused = () => void queries.invalidateQueries({ queryKey: ['session'] })
    const missed = () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
    return {
      appliance: new LiveSource('/api/events', APPLIANCE_EVENTS, missed, refused),
      lab: lab
        ? new LiveSource('/api/lab/events', LAB_EVENTS, () => void queries.invalidateQueries({ queryKey: ['lab'] }), refused)
        : undefined,
    }
  }, [lab, queries])

  useEffect(() => {
    // A page nobody looks at keeps no stream: browsers allow six connections to one host, whatever the number of tabs.
    const follow = () => {
      for (const source of [live.appliance, live.lab]) {
        if (document.visibilityState === 'hidden') source?.close()
        else source?.open()
      }
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      live.appliance.close()
      live.lab?.close()
    }
  }, [live])

  useEffect(
    () =>
      live.appliance.listen((data, kind) => {
        const refresh = (...keys: string[]) => {
          for (const key of keys) void queries.invalidateQueries({ queryKey: [key] })
        }
        switch (kind) {
          case 'installation':
            queries.setQueryData(['installations'], (known: { id: string }[] | undefined) => replaced(known, data))
            break
          case 'installation_removed':
            refresh('installations', 'plugins')
            break
          case 'plugins':
            refresh('plugins', 'installations')
            break
          case 'status':
            queries.setQueryData(['status'], data)
            refresh('guilds')
            break
          case 'missed':
            void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
        }
      }),
    [live, queries],
  )

  return <LiveContext value={live}>{children}</LiveContext>
}

/** Puts a changed installation in its place, or at the end. */
function replaced(known: { id: string }[] | undefined, changed: unknown): { id: string }[] | undefined {
  if (!known || typeof changed !== 'object' || changed === null || !('id' in changed)) return known
  const view = changed as { id: string }
  return known.some(({ id }) => id === view.id)
    ? known.map((item) => (item.id === view.id ? view : item))
    : [...known, view]
}

function useSources(): Live {
  const live = use(LiveContext)
  if (!live) throw new Error('used outside of LiveProvider')
  return live
}

/** The worse of the two connections. */
export function useConnection(): Connection {
  const { appliance, lab } = useSources()
  const one = useSyncExternalStore(appliance.watch, () => appliance.state)
  const two = useSyncExternalStore(lab?.watch ?? never, () => lab?.state ?? 'open')
  if (one === 'lost' || two === 'lost') return 'lost'
  return one === 'open' && two === 'open' ? 'open' : 'connecting'
}

function never() {
  return () => {}
}

/** Calls back with every event of the appliance. */
export function useApplianceEvents(listener: Listener) {
  useEvents(useSources().appliance, listener)
}

/** Calls back with every event of the lab. */
export function useLabEvents(listener: Listener) {
  useEvents(useSources().lab, listener)
}

function useEvents(source: LiveSource | undefined, listener: Listener) {
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  useEffect(() => source?.listen((data, kind) => latest.current(data, kind)), [source])
}
