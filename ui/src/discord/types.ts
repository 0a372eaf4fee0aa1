/** Discord's own objects, as far as the chat shows them. Fields nobody draws are left out. */

export interface User {
  id: string
  username: string
  global_name?: string | null
  bot?: boolean
  avatar?: string | null
}

export interface Member {
  user: User
  nick?: string | null
  roles: string[]
  joined_at?: string | null
  communication_disabled_until?: string | null
}

export interface Role {
  id: string
  name: string
  color?: number
  position?: number
  hoist?: boolean
  /** A decimal string. */
  permissions?: string
  managed?: boolean
}

export const ChannelType = { Text: 0, Voice: 2, Category: 4, Announcement: 5, Thread: 11, PrivateThread: 12, Stage: 13, Forum: 15 } as const

export interface Channel {
  id: string
  name: string
  type: number
  topic?: string | null
  position?: number
  parent_id?: string | null
  thread_metadata?: { archived?: boolean; locked?: boolean }
}

export interface Guild {
  id: string
  name: string
  owner_id?: string
  channels: Channel[]
  roles: Role[]
  members: Member[]
  threads?: Channel[]
  voice_states?: { user_id: string; channel_id: string | null }[]
  bans?: User[]
}

export interface LabState {
  bot: User
  guilds: Guild[]
}

export interface EmbedField {
  name: string
  value: string
  inline?: boolean
}

export interface Embed {
  type?: string
  title?: string
  description?: string
  url?: string
  color?: number
  timestamp?: string
  footer?: { text: string }
  author?: { name: string; url?: string }
  fields?: EmbedField[]
  image?: { url: string }
  thumbnail?: { url: string }
}

export interface PartialEmoji {
  id?: string | null
  name?: string | null
  animated?: boolean
}

export interface SelectOption {
  label: string
  value: string
  description?: string
  emoji?: PartialEmoji
  default?: boolean
}

export const ComponentType = {
  ActionRow: 1,
  Button: 2,
  StringSelect: 3,
  TextInput: 4,
  UserSelect: 5,
  RoleSelect: 6,
  MentionableSelect: 7,
  ChannelSelect: 8,
} as const

export interface Component {
  type: number
  custom_id?: string
  label?: string
  style?: number
  disabled?: boolean
  url?: string
  emoji?: PartialEmoji
  placeholder?: string
  options?: SelectOption[]
  min_values?: number
  max_values?: number
  channel_types?: number[]
  value?: string
  required?: boolean
  min_length?: number
  max_length?: number
  components?: Component[]
}

export interface Reaction {
  emoji: PartialEmoji
  count: number
  me?: boolean
}

export interface Attachment {
  id: string
  filename: string
  size: number
  description?: string | null
}

export const MessageFlag = { Ephemeral: 64, Loading: 128 } as const
export const MessageType = { Default: 0, Pinned: 6, Join: 7, ThreadCreated: 18, Reply: 19, Command: 20 } as const

export interface Message {
  id: string
  channel_id: string
  author: User
  content: string
  timestamp: string
  edited_timestamp?: string | null
  pinned?: boolean
  type?: number
  flags?: number
  embeds?: Embed[]
  components?: Component[]
  reactions?: Reaction[]
  attachments?: Attachment[]
  mentions?: User[]
  mention_everyone?: boolean
  message_reference?: { message_id?: string; channel_id?: string }
  referenced_message?: Message | null
  interaction?: { id: string; name: string; user: User }
  interaction_metadata?: { id: string; user?: User; name?: string }
  /** The application that answered an interaction; then `webhook_id` is its id and no real webhook posted. */
  application_id?: string
  ephemeral_for?: string
}

export const OptionType = {
  SubCommand: 1,
  SubCommandGroup: 2,
  String: 3,
  Integer: 4,
  Boolean: 5,
  User: 6,
  Channel: 7,
  Role: 8,
  Mentionable: 9,
  Number: 10,
  Attachment: 11,
} as const

export interface CommandOption {
  type: number
  name: string
  description: string
  required?: boolean
  choices?: { name: string; value: string | number }[]
  options?: CommandOption[]
  channel_types?: number[]
  min_value?: number
  max_value?: number
  min_length?: number
  max_length?: number
  autocomplete?: boolean
}

export interface Command {
  id: string
  name: string
  description: string
  type?: number
  options?: CommandOption[]
  application_id?: string
}

export interface OpenModal {
  interaction_id: string
  user_id: string
  channel_id: string
  title: string
  custom_id: string
  components: Component[]
}

/** The name people see: nickname, then display name, then user name. */
export function displayName(user: User, member?: Member): string {
  return member?.nick || user.global_name || user.username
}
