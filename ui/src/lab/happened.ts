/** The simulator's timeline in words, causes before their effects. */

import type { TimelineEntry } from './stage'

/** An entry with what it led to. */
export interface Happening {
  entry: TimelineEntry
  effects: Happening[]
}

/** Entries whose cause is shown stand below it; the others stand for themselves. Both in the order they happened. */
export function inOrderOfCause(entries: readonly TimelineEntry[]): Happening[] {
  const known = new Map<number, Happening>()
  const roots: Happening[] = []
  for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
    const happening = { entry, effects: [] }
    known.set(entry.seq, happening)
    const cause = entry.cause === undefined ? undefined : known.get(entry.cause)
    if (cause) cause.effects.push(happening)
    else roots.push(happening)
  }
  return roots.map(withHead)
}

/** An act says nothing that its first effect does not say better: that one stands for it, with the others below. */
function withHead({ entry, effects }: Happening): Happening {
  const [head, ...others] = [...effects].sort((a, b) => Number(isWire(a.entry)) - Number(isWire(b.entry)) || a.entry.seq - b.entry.seq)
  if (entry.kind !== 'action' || !head || isWire(head.entry)) return { entry, effects }
  return { entry: head.entry, effects: [...head.effects, ...others].sort((a, b) => a.entry.seq - b.entry.seq) }
}

/** What went over the connection, and not what it was about. */
function isWire({ kind }: TimelineEntry): boolean {
  return kind === 'dispatch' || kind === 'rest' || kind === 'gateway'
}

/** Who does an entry speak of: people of the lab, the bot, or the connection between them. */
export type Side = 'people' | 'bot' | 'wire'

export interface Words {
  side: Side
  text: string
  /** Something was refused or went wrong. */
  bad: boolean
}

type Name = (userId: string) => string

interface Data extends TimelineEntry {
  user_id?: string
  message?: { content?: string; author?: { id?: string; bot?: boolean; username?: string; global_name?: string | null }; embeds?: unknown[] }
  method?: string
  path?: string
  status?: number
  action?: string
  name?: string
  emoji?: { name?: string | null }
  type?: number
  data?: { name?: string; custom_id?: string; component_type?: number }
  event?: string
  /** What an `action` is: an act of the simulator's control API. */
  act?: string
  as?: string
  fault?: { fault?: string } | null
}

const PLAIN: Record<string, string> = {
  guild_update: 'The server was changed',
  channel_create: 'A channel was made',
  channel_update: 'A channel was changed',
  channel_delete: 'A channel was deleted',
  thread_create: 'A thread was started',
  thread_update: 'A thread was changed',
  thread_delete: 'A thread was deleted',
  role_create: 'A role was made',
  role_update: 'A role was changed',
  role_delete: 'A role was deleted',
  guild_create: 'The server came to be',
  guild_delete: 'The server is gone',
  member_join: 'joined the server',
  member_leave: 'left the server',
  member_update: 'was changed: nickname, roles or time-out',
  ban_add: 'was banned',
  ban_remove: 'is no longer banned',
  voice_state_update: 'moved between voice channels',
  typing_start: 'is typing',
  modal_close: 'closed a form',
}

/** Returns what an entry says to a person. `name` gives the name of a user by id. */
export function inWords(entry: TimelineEntry, name: Name): Words {
  const data = entry as Data
  const who = data.user_id ? name(data.user_id) : undefined
  const people = (text: string): Words => ({ side: 'people', text, bad: false })
  switch (entry.kind) {
    case 'message_create':
    case 'message_update': {
      const { author, content, embeds } = data.message ?? {}
      const said = shorten(content) || (embeds?.length ? 'an embed' : 'something')
      const verb = entry.kind === 'message_create' ? 'wrote' : 'changed a message to'
      return { side: author?.bot ? 'bot' : 'people', text: `${author?.id ? name(author.id) : 'Somebody'} ${verb} “${said}”`, bad: false }
    }
    case 'message_delete':
      return people('A message was deleted')
    case 'reaction_add':
      return people(`${who ?? 'Somebody'} reacted with ${data.emoji?.name ?? 'an emoji'}`)
    case 'reaction_remove':
      return people(`${who ?? 'Somebody'} took ${data.emoji?.name ?? 'a reaction'} back`)
    case 'pins_update':
      return people('The pinned messages changed')
    case 'interaction_create':
      return people(`${who ?? 'Somebody'} ${deed(data)}`)
    case 'interaction_response':
      return { side: 'bot', text: 'The bot answered', bad: false }
    case 'interaction_failed':
      return { side: 'bot', text: 'The bot did not answer in time', bad: true }
    case 'modal_open':
      return { side: 'bot', text: 'The bot opened a form', bad: false }
    case 'commands_updated':
      return { side: 'bot', text: 'The bot’s commands changed', bad: false }
    case 'rest': {
      const status = data.status ?? 0
      return { side: 'bot', text: `${data.method ?? 'Asked'} ${data.path ?? ''}${status ? ` → ${status}` : ''}`, bad: status >= 400 }
    }
    case 'action':
      return people([data.as ? name(data.as) : undefined, (data.act ?? 'did something').replaceAll('_', ' ')].filter(Boolean).join(': '))
    case 'fault':
      return { side: 'bot', text: `Trouble you made: ${(data.fault?.fault ?? 'a slow answer').replaceAll('_', ' ')}`, bad: true }
    case 'unimplemented':
      return { side: 'bot', text: `The lab cannot do ${data.method ?? ''} ${data.path ?? ''} yet`, bad: true }
    case 'dispatch':
      return { side: 'wire', text: `The bot was told: ${(data.event ?? data.name ?? 'an event').toLowerCase().replaceAll('_', ' ')}`, bad: false }
    case 'gateway':
      return { side: 'wire', text: `Connection: ${(data.action ?? 'changed').replaceAll('_', ' ')}`, bad: false }
    default: {
      const plain = PLAIN[entry.kind]
      if (plain) return people(who ? `${who} ${plain}` : plain)
      const label = data.action ?? data.name ?? entry.kind
      return people([who, label.replaceAll('_', ' ')].filter(Boolean).join(': '))
    }
  }
}

/** What a member did with the bot: Discord's types of interactions in words. */
function deed({ type, data }: Data): string {
  switch (type) {
    case 3:
      return data?.component_type === 2 ? `pressed “${data.custom_id ?? ''}”` : `chose from “${data?.custom_id ?? ''}”`
    case 4:
      return `is typing /${data?.name ?? ''}`
    case 5:
      return `sent the form “${data?.custom_id ?? ''}”`
    default:
      return `used /${data?.name ?? ''}`
  }
}

/** Names of those who wrote, also of those who are gone by now. */
export function writers(entries: readonly TimelineEntry[]): Map<string, string> {
  const known = new Map<string, string>()
  for (const entry of entries) {
    const { author } = (entry as Data).message ?? {}
    const called = author?.global_name ?? author?.username
    if (author?.id && called) known.set(author.id, called)
  }
  return known
}

function shorten(text: string | undefined): string {
  const line = (text ?? '').replace(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
