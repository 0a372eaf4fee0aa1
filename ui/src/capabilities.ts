/** What each capability lets a plugin do, in words for the owner. Keyed by id: never the plugin author's prose. */

import type { Tier } from './api/client'

interface Words {
  title: string
  detail: string
}

const WORDS: Record<string, Words> = {
  'storage:kv': { title: 'Remember things', detail: 'Keep its own notes, such as scores and settings, for this server.' },
  'discord:send_message': { title: 'Post messages', detail: 'Write in channels the bot can write in.' },
  'discord:edit_message': { title: 'Edit and pin messages', detail: "Change the bot's own messages, and pin or unpin messages." },
  'discord:add_reaction': { title: 'Add reactions', detail: 'React to messages with emoji.' },
  'discord:read': { title: 'Read the server', detail: 'See messages, channels, members and roles the bot can see.' },
  'interaction:respond': { title: 'Answer commands and buttons', detail: 'Offer slash commands and answer whoever uses them.' },
  'proxy:http': { title: 'Visit approved websites', detail: 'Fetch data from the web addresses listed below, and no others.' },
  'discord:delete_message': { title: 'Delete messages', detail: "Remove anyone's messages, one or many at a time. This cannot be undone." },
  'discord:manage_channels': { title: 'Change channels', detail: 'Create, rename, reorder or delete channels and threads, and who may see them.' },
  'discord:manage_webhooks': { title: 'Manage webhooks', detail: 'Create and delete webhooks, which can post under any name.' },
  'storage:sql': { title: 'Keep a database', detail: 'Store larger amounts of data about this server in tables of its own.' },
  'storage:secrets': { title: 'Use stored secrets', detail: 'Read keys and passwords you enter for this plugin.' },
  'events:message_content': { title: 'Read what people write', detail: 'See the full text of messages as they are posted.' },
  'discord:moderate_members': { title: 'Time out members', detail: 'Silence members for a while and change nicknames.' },
  'discord:kick_members': { title: 'Kick members', detail: 'Remove members from the server.' },
  'discord:ban_members': { title: 'Ban members', detail: 'Ban and unban members.' },
  'discord:manage_roles': { title: 'Give and take roles', detail: 'Change the roles of members, up to what the bot itself may.' },
  'proxy:websocket': { title: 'Keep lines open to websites', detail: 'Hold lasting connections to approved web addresses.' },
}

export function wordsFor(capability: string): Words {
  return WORDS[capability] ?? { title: capability, detail: 'This version of Homemaid has no description for this.' }
}

export const TIERS: { tier: Tier; title: string; detail: string; color: string }[] = [
  { tier: 'safe', title: 'Ordinary', detail: 'What most plugins need. Already ticked for you.', color: 'teal' },
  { tier: 'risky', title: 'Think first', detail: 'Can change or remove things, or keep more data. Tick what you want it to do.', color: 'yellow' },
  { tier: 'dangerous', title: 'Powerful', detail: 'Acts on your members. Tick these one by one, only for plugins you trust.', color: 'red' },
]
