import { ActionIcon, Button, Select, Tooltip } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { IconBroadcast, IconHash, IconMessages, IconPlus, IconSettings, IconSpeakerphone, IconVolume } from '@tabler/icons-react'
import { useState } from 'react'
import { ChannelType, type Channel, type Guild } from '../discord/types'
import { ChannelDialog } from './ChannelDialog'
import { useLab } from './people'
import { PostDialog } from './PostDialog'
import classes from './lab.module.css'

interface Props {
  guilds: Guild[]
  guild: Guild
  current: string
  /** Channels with news one has not looked at. */
  unread: ReadonlySet<string>
  onGuild: (id: string) => void
}

/** The channels of the guild, under their categories as Discord orders them, with their threads and who speaks in them. */
export function ChannelList({ guilds, guild, current, unread, onGuild }: Props) {
  const [edited, edit] = useState<Channel | 'new'>()
  const [forum, postIn] = useState<Channel>()
  const navigate = useNavigate({ from: '/lab/$guild/$channel' })
  const show = (made: Channel) =>
    void navigate({ params: { guild: guild.id, channel: made.id }, search: (known) => ({ ...known, view: 'chat' }) })
  const inOrder = [...guild.channels].sort(byPosition)
  const categories = inOrder.filter(({ type }) => type === ChannelType.Category)
  const groups = [
    { category: undefined, channels: inOrder.filter((channel) => !channel.parent_id && channel.type !== ChannelType.Category) },
    ...categories.map((category) => ({ category, channels: inOrder.filter((channel) => channel.parent_id === category.id) })),
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
        channels.length === 0 && !category ? null : (
          <section key={category?.id ?? 'top'} aria-label={category?.name}>
            {category && (
              <div className={classes.channelRow}>
                <h3 className={classes.category}>{category.name}</h3>
                <Settings channel={category} onEdit={edit} />
              </div>
            )}
            <ul>
              {channels.map((channel) => (
                <li key={channel.id}>
                  <div className={classes.channelRow}>
                    <ChannelLine channel={channel} current={channel.id === current} unread={unread.has(channel.id)} />
                    {channel.type === ChannelType.Forum && (
                      <Tooltip label="New post">
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          size="sm"
                          aria-label={`New post in ${channel.name}`}
                          onClick={() => postIn(channel)}
                        >
                          <IconPlus size={15} />
                        </ActionIcon>
                      </Tooltip>
                    )}
                    <Settings channel={channel} onEdit={edit} />
                  </div>
                  <Threads guild={guild} parent={channel} current={current} unread={unread} />
                  <Speakers guild={guild} channel={channel} />
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
      <Button mt="sm" size="compact-sm" variant="subtle" leftSection={<IconPlus size={16} />} onClick={() => edit('new')}>
        New channel
      </Button>
      {edited && (
        <ChannelDialog
          channel={edited === 'new' ? undefined : edited}
          onClose={() => edit(undefined)}
          onCreated={(made) => {
            if (isText(made)) show(made)
          }}
        />
      )}
      {forum && <PostDialog forum={forum} onClose={() => postIn(undefined)} onCreated={show} />}
    </nav>
  )
}

function Settings({ channel, onEdit }: { channel: Channel; onEdit: (channel: Channel) => void }) {
  return (
    <Tooltip label="Change this channel">
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Change ${channel.name}`} onClick={() => onEdit(channel)}>
        <IconSettings size={15} />
      </ActionIcon>
    </Tooltip>
  )
}

function ChannelLine({ channel, current, unread }: { channel: Channel; current: boolean; unread: boolean }) {
  const { guild } = useLab()
  if (!isText(channel)) {
    const why = channel.type === ChannelType.Forum ? 'Its posts are listed below' : 'Members can join it from the Members panel'
    return (
      <span className={classes.channel} data-silent title={why}>
        <Kind type={channel.type} /> <span className={classes.channelName}>{channel.name}</span>
      </span>
    )
  }
  return (
    <Link
      to="/lab/$guild/$channel"
      params={{ guild: guild.id, channel: channel.id }}
      search={(known) => ({ ...known, view: 'chat' })}
      className={classes.channel}
      aria-current={current ? 'page' : undefined}
      data-unread={unread || undefined}
    >
      <Kind type={channel.type} /> <span className={classes.channelName}>{channel.name}</span>
      {unread && <span className={classes.dot} role="img" aria-label="new messages" />}
    </Link>
  )
}

function Threads({ guild, parent, current, unread }: { guild: Guild; parent: Channel; current: string; unread: ReadonlySet<string> }) {
  const threads = (guild.threads ?? []).filter((thread) => thread.parent_id === parent.id && !thread.thread_metadata?.archived)
  if (threads.length === 0) return null
  return (
    <ul className={classes.threads} aria-label={`Threads of ${parent.name}`}>
      {threads.map((thread) => (
        <li key={thread.id}>
          <ChannelLine channel={thread} current={thread.id === current} unread={unread.has(thread.id)} />
        </li>
      ))}
    </ul>
  )
}

function Speakers({ guild, channel }: { guild: Guild; channel: Channel }) {
  const { member, nameOf } = useLab()
  const speakers = (guild.voice_states ?? []).filter(({ channel_id }) => channel_id === channel.id)
  if (speakers.length === 0) return null
  return (
    <ul className={classes.speakers} aria-label={`In ${channel.name}`}>
      {speakers.map(({ user_id }) => {
        const found = member(user_id)
        return <li key={user_id}>{found ? nameOf(found.user) : user_id}</li>
      })}
    </ul>
  )
}

function Kind({ type }: { type: number }) {
  switch (type) {
    case ChannelType.Voice:
      return <IconVolume size={18} aria-hidden />
    case ChannelType.Stage:
      return <IconBroadcast size={18} aria-hidden />
    case ChannelType.Announcement:
      return <IconSpeakerphone size={18} aria-hidden />
    case ChannelType.Forum:
    case ChannelType.Thread:
    case ChannelType.PrivateThread:
      return <IconMessages size={18} aria-hidden />
    default:
      return <IconHash size={18} aria-hidden />
  }
}

function byPosition(a: Channel, b: Channel): number {
  return (a.position ?? 0) - (b.position ?? 0) || a.id.length - b.id.length || a.id.localeCompare(b.id)
}

const TEXT: readonly number[] = [ChannelType.Text, ChannelType.Announcement, ChannelType.Thread, ChannelType.PrivateThread, 10]

export function isText(channel: Channel): boolean {
  return TEXT.includes(channel.type)
}

/** Threads start in ordinary and announcement channels, not within threads. */
export function hasThreads({ type }: Channel): boolean {
  return type === ChannelType.Text || type === ChannelType.Announcement
}

/** The channel to open first. */
export function firstChannel(guild: Guild): Channel | undefined {
  const text = [...guild.channels].sort(byPosition).filter(isText)
  return text.find((channel) => channel.name === 'general') ?? text[0]
}
