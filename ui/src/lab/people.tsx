/** The guild one looks at and the member one acts as, for everything drawn in the chat. */

import { createContext, use, useMemo, type ReactNode } from 'react'
import { displayName, type Channel, type Guild, type Member, type Role, type User } from '../discord/types'

interface Lab {
  guild: Guild
  bot: User
  acting: Member
  setActing: (userId: string) => void
  member: (id: string) => Member | undefined
  role: (id: string) => Role | undefined
  channel: (id: string) => Channel | undefined
  nameOf: (user: User) => string
  /** The colour of a member's highest coloured role. */
  colorOf: (user: User) => string | undefined
}

const LabContext = createContext<Lab | undefined>(undefined)

export function useLab(): Lab {
  const lab = use(LabContext)
  if (!lab) throw new Error('used outside of LabProvider')
  return lab
}

export function LabProvider({
  guild,
  bot,
  acting,
  setActing,
  children,
}: Pick<Lab, 'guild' | 'bot' | 'acting' | 'setActing'> & { children: ReactNode }) {
  const lab = useMemo<Lab>(() => {
    const members = new Map(guild.members.map((member) => [member.user.id, member]))
    const roles = new Map(guild.roles.map((role) => [role.id, role]))
    const channels = new Map([...guild.channels, ...(guild.threads ?? [])].map((channel) => [channel.id, channel]))
    return {
      guild,
      bot,
      acting,
      setActing,
      member: (id) => members.get(id),
      role: (id) => roles.get(id),
      channel: (id) => channels.get(id),
      nameOf: (user) => displayName(user, members.get(user.id)),
      colorOf: (user) => {
        const colored = (members.get(user.id)?.roles ?? [])
          .map((id) => roles.get(id))
          .filter((role) => role !== undefined && Boolean(role.color))
          .sort((a, b) => (b?.position ?? 0) - (a?.position ?? 0))
        return hex(colored[0]?.color)
      },
    }
  }, [guild, bot, acting, setActing])
  return <LabContext value={lab}>{children}</LabContext>
}

/** A colour number of Discord as a colour of the page. */
export function hex(color: number | null | undefined): string | undefined {
  return color ? `#${(color & 0xffffff).toString(16).padStart(6, '0')}` : undefined
}

export const people = (guild: Guild): Member[] => guild.members.filter(({ user }) => !user.bot)
