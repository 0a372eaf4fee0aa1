import { Select } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { IconHash, IconVolume } from '@tabler/icons-react'
import { ChannelType, type Channel, type Guild } from '../discord/types'
import classes from './lab.module.css'

interface Props {
  guilds: Guild[]
  guild: Guild
  current: string
  /** Channels with news one has not looked at. */
  unread: ReadonlySet<string>
  onGuild: (id: string) => void
}

/** The channels of the guild, under their categories as Discord orders them. */
export function ChannelList({ guilds, guild, current, unread, onGuild }: Props) {
  const inOrder = [...guild.channels].sort(byPosition)
  const groups = [
    { category: undefined, channels: inOrder.filter((channel) => !channel.parent_id && channel.type !== ChannelType.Category) },
    ...inOrder
      .filter((channel) => channel.type === ChannelType.Category)
      .map((category) => ({ category, channels: inOrder.filter((channel) => channel.parent_id === category.id) })),
  ]
  return (
    <nav className={classes.channels} aria-label="Channels">
      {guilds.length > 1 ? (
        <Select
          aria-label="Server"
          data={guilds.map(({ id, name }) => ({ value: id, label: name }))}
          value={guild.id}
          allowDeselect={false}
          onChange={(id) => id && onGuild(id)}
        />
      ) : (
        <h2 className={classes.guildName}>{guild.name}</h2>
      )}
      {groups.map(({ category, channels }) =>
        channels.length === 0 ? null : (
          <section key={category?.id ?? 'top'} aria-label={category?.name}>
            {category && <h3 className={classes.category}>{category.name}</h3>}
            <ul>
              {channels.map((channel) => (
                <li key={channel.id}>
                  {isText(channel) ? (
                    <Link
                      to="/lab/$guild/$channel"
                      params={{ guild: guild.id, channel: channel.id }}
                      search={(known) => ({ ...known, view: 'chat' })}
                      className={classes.channel}
                      aria-current={channel.id === current ? 'page' : undefined}
                      data-unread={unread.has(channel.id) || undefined}
                    >
                      <IconHash size={18} aria-hidden /> {channel.name}
                      {unread.has(channel.id) && <span className={classes.dot} aria-label="new messages" />}
                    </Link>
                  ) : (
                    <span className={classes.channel} data-silent title="Voice channels are shown, but nobody can speak in the lab yet">
                      <IconVolume size={18} aria-hidden /> {channel.name}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </nav>
  )
}

function byPosition(a: Channel, b: Channel): number {
  return (a.position ?? 0) - (b.position ?? 0) || a.id.length - b.id.length || a.id.localeCompare(b.id)
}

export function isText(channel: Channel): boolean {
  return channel.type === ChannelType.Text || channel.type === ChannelType.Announcement
}

/** The channel to open first. */
export function firstChannel(guild: Guild): Channel | undefined {
  const text = [...guild.channels].sort(byPosition).filter(isText)
  return text.find((channel) => channel.name === 'general') ?? text[0]
}
