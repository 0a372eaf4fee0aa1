/** What was pressed, run or submitted and has no answer yet, and what never got one. */

import { useCallback, useEffect, useRef, useState } from 'react'
import { useLabEvents } from '../api/live'

/** A little more than Discord's three seconds, in case the event that tells the outcome was missed. */
const GIVE_UP_MS = 6_000
const EARLY_KEPT = 20

interface Pending {
  interaction: string
  /** What was used: the id of a message, or the name of a command or form. */
  place: string
  customId: string
}

export interface Interactions {
  waiting: (place: string) => string | undefined
  failed: (place: string) => boolean
  /** Commands and forms that never got an answer; what was a message's component is told at the message. */
  unanswered: string[]
  dismiss: (place: string) => void
  /** Counts an interaction until its outcome is known. */
  track: (place: string, customId: string, start: () => Promise<{ interaction_id: string }>) => Promise<void>
}

export function useInteractions(): Interactions {
  const [pending, setPending] = useState<Pending[]>([])
  const [failures, setFailures] = useState<ReadonlySet<string>>(new Set())

  /** Outcomes that were told before the answer to the request that began them. */
  const early = useRef<string[]>([])

  const settle = useCallback((interaction: string) => {
    setPending((known) => known.filter((item) => item.interaction !== interaction))
  }, [])

  useLabEvents((data, kind) => {
    if (kind !== 'interaction_response' && kind !== 'interaction_failed' && kind !== 'modal_open') return
    const id = (data as { interaction_id?: string }).interaction_id
    const item = pending.find(({ interaction }) => interaction === id)
    if (!item) {
      if (id) early.current = [...early.current, id].slice(-EARLY_KEPT)
      return
    }
    settle(item.interaction)
    if (kind === 'interaction_failed') setFailures((known) => new Set(known).add(item.place))
  })

  useEffect(() => {
    if (pending.length === 0) return
    const timer = setTimeout(() => setPending([]), GIVE_UP_MS)
    return () => clearTimeout(timer)
  }, [pending])

  const forget = useCallback((place: string) => {
    setFailures((known) => {
      const next = new Set(known)
      next.delete(place)
      return next
    })
  }, [])

  const track = useCallback<Interactions['track']>(async (place, customId, start) => {
    forget(place)
    const placeholder = `${place} ${customId}`
    setPending((known) => [...known, { interaction: placeholder, place, customId }])
    try {
      const { interaction_id } = await start()
      if (early.current.includes(interaction_id)) {
        settle(placeholder)
        return
      }
      setPending((known) =>
        known.map((item) => (item.interaction === placeholder ? { ...item, interaction: interaction_id } : item)),
      )
    } catch (error) {
      settle(placeholder)
      throw error
    }
  }, [settle, forget])

  return {
    waiting: (place) => pending.find((item) => item.place === place)?.customId,
    failed: (place) => failures.has(place),
    unanswered: [...failures].filter((place) => !/^\d+$/.test(place)),
    dismiss: forget,
    track,
  }
}
