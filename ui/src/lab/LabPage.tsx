/** The chat page of the simulated Discord, with plugins and members beside it. */

import { Button, Center, CloseButton, Loader, SegmentedControl, Tabs } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Navigate, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { IconHash, IconMessage, IconMessages, IconPuzzle, IconTimeline, IconUsers } from '@tabler/icons-react'
import { useCallback, useMemo, useState } from 'react'
import { useLabEvents } from '../api/live'
import { installationsQuery } from '../api/queries'
import { sentence } from '../api/problem'
import type { Guild, LabState, Message, PartialEmoji } from '../discord/types'
import { PluginPanel } from '../plugins/PluginPanel'
import { Failure } from '../shared/Failure'
import { complain } from '../shared/notify'
import { lab, labStateQuery } from './api'
import { ChannelList, firstChannel, hasThreads, isText } from './ChannelList'
import { Composer } from './Composer'
import { useInteractions } from './interactions'
import { MembersPanel } from './MembersPanel'
import { MessageList } from './MessageList'
import { ModalDialog } from './ModalDialog'
import { LabProvider, people, useLab } from './people'
import { useLabRefresh } from './refresh'
import { stage } from './stage'
import { TimelinePanel } from './TimelinePanel'
import classes from './lab.module.css'

export type View = 'channels' | 'chat' | 'plugins' | 'members' | 'timeline'

/** `/lab` without a channel: goes to the first one. */
export function LabIndex() {
  const state = useQuery(labStateQuery)
  if (state.isPending) return <Waiting />
  if (state.isError) return <Lost error={state.error} retry={() => void state.refetch()} />
  const guild = state.data.guilds[0]
  const channel = guild && firstChannel(guild)
  if (!guild || !channel) return <NoGuild />
  return <Navigate to="/lab/$guild/$channel" params={{ guild: guild.id, channel: channel.id }} search={{}} replace />
}

export function LabPage() {
  useLabRefresh()
  const { guild: guildId, channel: channelId } = useParams({ from: '/lab/$guild/$channel' })
  const state = useQuery(labStateQuery)
  if (state.isPending) return <Waiting />
  if (state.isError) return <Lost error={state.error} retry={() => void state.refetch()} />
  const guild = state.data.guilds.find(({ id }) => id === guildId)
  if (!guild) return <Navigate to="/lab" replace />
  return <LabGuild key={guild.id} state={state.data} guild={guild} channelId={channelId} />
}

function LabGuild({ state, guild, channelId }: { state: LabState; guild: Guild; channelId: string }) {
  const [actingId, setActing] = useLocalStorage({ key: `homemaid-acting-${guild.id}`, defaultValue: '', getInitialValueInEffect: false })
  const candidates = people(guild)
  const acting = candidates.find(({ user }) => user.id === actingId) ?? candidates[0]
  const places = [...guild.channels, ...(guild.threads ?? [])]
  const channel = places.find((one) => one.id === channelId && isText(one)) ?? firstChannel(guild)
  if (!acting || !channel) return <NoGuild />
  return (
    <LabProvider guild={guild} bot={state.bot} acting={acting} setActing={setActing}>
      <Layout guilds={state.guilds} channelId={channel.id} />
    </LabProvider>
  )
}

function Layout({ guilds, channelId }: { guilds: Guild[]; channelId: string }) {
  const { guild, channel: channelOf } = useLab()
  const { view = 'chat', plugin } = useSearch({ from: '/lab/$guild/$channel' })
  const navigate = useNavigate({ from: '/lab/$guild/$channel' })
  const channel = channelOf(channelId)!
  const unread = useUnread(channelId)
  const show = (next: View) => void navigate({ search: (known) => ({ ...known, view: next }), replace: true })
  const side = view === 'members' || view === 'timeline' ? view : 'plugins'
  return (
    <div className={classes.lab} data-view={view}>
      <ChannelList
        guilds={guilds}
        guild={guild}
        current={channelId}
        unread={unread}
        onGuild={(id) => {
          const first = firstChannel(guilds.find((one) => one.id === id)!)
          if (first) void navigate({ to: '/lab/$guild/$channel', params: { guild: id, channel: first.id }, search: {} })
        }}
      />
      <section className={classes.chat} aria-label={`#${channel.name}`}>
        <div className={classes.chatHead}>
          <IconHash size={20} aria-hidden />
          <h2>{channel.name}</h2>
          {channel.topic && <span className={classes.topic}>{channel.topic}</span>}
        </div>
        <Chat key={channel.id} channelId={channel.id} />
      </section>
      <section className={classes.panel} aria-label="Plugins, members and timeline">
        <div className={classes.panelTabs}>
          <SegmentedControl
            fullWidth
            aria-label="Beside the chat"
            value={side}
            onChange={(next) => show(next)}
            data={[
              { value: 'plugins', label: <PluginsLabel guild={guild.id} /> },
              { value: 'members', label: 'Members' },
              { value: 'timeline', label: 'Timeline' },
            ]}
          />
        </div>
        {side === 'members' && <MembersPanel />}
        {side === 'timeline' && <TimelinePanel />}
        {side === 'plugins' && (
          <PluginPanel
            guild={{ id: guild.id, name: guild.name }}
            selected={plugin}
            onSelect={(id) => void navigate({ search: (known) => ({ ...known, plugin: id }) })}
          />
        )}
      </section>
      <Tabs
        className={classes.phoneTabs}
        value={view}
        onChange={(next) => next && show(next as View)}
        variant="none"
        aria-label="Parts of the lab"
      >
        <Tabs.List grow>
          <Tabs.Tab value="channels" leftSection={<IconMessages size={20} aria-hidden />}>
            Channels
          </Tabs.Tab>
          <Tabs.Tab value="chat" leftSection={<IconMessage size={20} aria-hidden />}>
            Chat
          </Tabs.Tab>
          <Tabs.Tab value="plugins" leftSection={<IconPuzzle size={20} aria-hidden />}>
            <PluginsLabel guild={guild.id} />
          </Tabs.Tab>
          <Tabs.Tab value="members" leftSection={<IconUsers size={20} aria-hidden />}>
            Members
          </Tabs.Tab>
          <Tabs.Tab value="timeline" leftSection={<IconTimeline size={20} aria-hidden />}>
            Timeline
          </Tabs.Tab>
        </Tabs.List>
      </Tabs>
    </div>
  )
}

/** "Plugins", with a mark when one of them needs the owner. */
function PluginsLabel({ guild }: { guild: string }) {
  const installations = useQuery(installationsQuery)
  const needs = installations.data?.some(
    (one) => one.guild === guild && (one.state.name === 'gave_up' || one.capabilities.some((capability) => capability.needed)),
  )
  return (
    <span className={classes.pluginsLabel}>
      Plugins{needs && <span className={classes.alert} role="img" aria-label="needs you" />}
    </span>
  )
}

function Chat({ channelId }: { channelId: string }) {
  const { acting, channel: channelOf } = useLab()
  const queries = useQueryClient()
  const interactions = useInteractions()
  const [replyTo, setReplyTo] = useState<Message>()
  const navigate = useNavigate({ from: '/lab/$guild/$channel' })
  const channel = channelOf(channelId)!
  const as = acting.user.id

  const { track } = interactions
  const onUse = useCallback(
    (message: Message, customId: string, values?: string[]) => {
      track(message.id, customId, () => lab.use(channelId, message.id, as, customId, values)).catch((error: unknown) =>
        complain('That did not work', error),
      )
    },
    [track, channelId, as],
  )
  const onReact = useCallback(
    (message: Message, emoji: PartialEmoji, add: boolean) => {
      const name = emoji.id ? `${emoji.name}:${emoji.id}` : (emoji.name ?? '')
      lab.react(channelId, message.id, as, name, add).then(
        () => void queries.invalidateQueries({ queryKey: ['lab', 'messages', channelId] }),
        (error: unknown) => complain('The reaction was not taken', error),
      )
    },
    [channelId, as, queries],
  )
  const refresh = useCallback(() => void queries.invalidateQueries({ queryKey: ['lab', 'messages', channelId] }), [queries, channelId])
  const onEdit = useCallback(
    async (message: Message, content: string) => {
      await stage.editMessage(channelId, message.id, as, content)
      refresh()
    },
    [channelId, as, refresh],
  )
  const onDelete = useCallback(
    (message: Message) => {
      stage.deleteMessage(channelId, message.id, as).then(refresh, (error: unknown) => complain('The message was not deleted', error))
    },
    [channelId, as, refresh],
  )
  const onPin = useCallback(
    (message: Message, pinned: boolean) => {
      const what = pinned ? 'The message was not pinned' : 'The message was not unpinned'
      stage.pin(channelId, message.id, as, pinned).then(refresh, (error: unknown) => complain(what, error))
    },
    [channelId, as, refresh],
  )
  const onThread = useCallback(
    async (message: Message, name: string) => {
      const thread = await stage.startThread(channelId, as, name, message.id)
      await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
      void navigate({ params: (known) => ({ ...known, channel: thread.id }), search: (known) => ({ ...known, view: 'chat' }) })
    },
    [channelId, as, queries, navigate],
  )
  return (
    <>
      <MessageList
        channel={channel}
        interactions={interactions}
        onUse={onUse}
        onReact={onReact}
        onReply={setReplyTo}
        onEdit={onEdit}
        onPin={onPin}
        onThread={hasThreads(channel) ? onThread : undefined}
        onDelete={onDelete}
      />
      {interactions.unanswered.map((place) => (
        <div key={place} role="alert" className={classes.unanswered}>
          <span>
            The plugin did not answer <strong>{place}</strong> in time. Its log may say why.
          </span>
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => interactions.dismiss(place)} />
        </div>
      ))}
      <Composer channel={channel} interactions={interactions} replyTo={replyTo} onReplyDone={() => setReplyTo(undefined)} />
      <ModalDialog interactions={interactions} />
    </>
  )
}

/** Channels that got a message since one last looked at them. */
function useUnread(current: string): ReadonlySet<string> {
  const [unread, setUnread] = useState<ReadonlySet<string>>(new Set())
  useLabEvents((data, kind) => {
    const channel = (data as { channel_id?: string }).channel_id
    if (kind === 'message_create' && channel && channel !== current) setUnread((known) => new Set(known).add(channel))
  })
  return useMemo(() => new Set([...unread].filter((id) => id !== current)), [unread, current])
}

function Waiting() {
  return (
    <Center h="100%" aria-busy>
      <Loader aria-label="Loading the lab" />
    </Center>
  )
}

function Lost({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <Center h="100%" p="md">
      <Failure title="The lab could not be opened" detail={sentence(error)} retry={retry} />
    </Center>
  )
}

function NoGuild() {
  return (
    <Center h="100%" p="md">
      <div>
        <p>This simulated Discord has no server with a text channel and a member to act as.</p>
        <Button component="a" href="/lab">
          Look again
        </Button>
      </div>
    </Center>
  )
}
