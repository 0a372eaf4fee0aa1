import { ActionIcon, Button, Center, Skeleton, Stack, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { IconArrowDown, IconHash } from '@tabler/icons-react'
import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { sentence } from '../api/problem'
import { MessageRow, type MessageActions } from '../discord/Message'
import { parse, plainText } from '../discord/markdown'
import { dayName, sameDay } from '../discord/time'
import { MessageFlag, MessageType, type Channel, type Message } from '../discord/types'
import { Failure } from '../shared/Failure'
import { messagesQuery } from './api'
import type { Interactions } from './interactions'
import { useLab } from './people'
import classes from './lab.module.css'

/** Messages of one author within this time share one head. */
const GROUP_MS = 7 * 60_000
/** How close to the end still counts as reading the newest. */
const NEAR_END_PX = 80

interface Props extends MessageActions {
  channel: Channel
  interactions: Interactions
}

export function MessageList({ channel, interactions, ...actions }: Props) {
  const { acting } = useLab()
  const query = useInfiniteQuery(messagesQuery(channel.id, acting.user.id))
  const messages = useMemo(() => (query.data ? [...query.data.pages].reverse().flat() : []), [query.data])
  const { box, atEnd, onScroll, toEnd } = useStickToEnd(channel.id, messages)

  if (query.isPending) return <Loading />
  if (query.isError) {
    return (
      <Center className={classes.messages}>
        <Failure title="The messages could not be loaded" detail={sentence(query.error)} retry={() => void query.refetch()} />
      </Center>
    )
  }
  return (
    <div className={classes.messagesFrame}>
      {/* Long conversations scroll; the arrow keys must reach them. */}
      <div ref={box} className={classes.messages} onScroll={onScroll} tabIndex={0} role="region" aria-label={`Messages in ${channel.name}`}>
        <div className={classes.filler} />
        {query.hasNextPage ? (
          <Center py="sm">
            <Button variant="subtle" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show earlier messages
            </Button>
          </Center>
        ) : (
          <Beginning channel={channel} empty={messages.length === 0} />
        )}
        <ol className={classes.list}>
          {messages.map((message, index) => {
            const before = messages[index - 1]
            const newDay = !before || !sameDay(before.timestamp, message.timestamp)
            return (
              <Fragment key={message.id}>
                {newDay && <li className={classes.day}>{dayName(message.timestamp)}</li>}
                <MessageRow
                  {...actions}
                  message={message}
                  follows={!newDay && follows(before, message)}
                  waiting={interactions.waiting(message.id)}
                  failed={interactions.failed(message.id)}
                />
              </Fragment>
            )
          })}
        </ol>
      </div>
      {!atEnd && (
        <Tooltip label="To the newest message">
          <ActionIcon className={classes.toEnd} radius="xl" size="lg" variant="default" aria-label="To the newest message" onClick={toEnd}>
            <IconArrowDown size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      <Announcer key={channel.id} messages={messages} />
    </div>
  )
}

function follows(before: Message | undefined, message: Message): boolean {
  if (!before || before.author.id !== message.author.id || before.type === MessageType.Join) return false
  const answers = message.interaction ?? message.interaction_metadata ?? message.message_reference
  const secret = (one: Message) => ((one.flags ?? 0) & MessageFlag.Ephemeral) !== 0
  return !answers && secret(before) === secret(message) && Date.parse(message.timestamp) - Date.parse(before.timestamp) < GROUP_MS
}

/** Keeps the newest message in view, unless one has scrolled away from it. */
function useStickToEnd(channel: string, messages: Message[]) {
  const box = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const stick = useRef(true)
  const before = useRef({ channel: '', first: '', height: 0 })
  const loaded = messages.length > 0

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const first = messages[0]?.id ?? ''
    if (before.current.channel !== channel) stick.current = true
    if (stick.current) element.scrollTop = element.scrollHeight
    // Earlier messages came in above: what one was reading stays where it was.
    else if (first !== before.current.first) element.scrollTop += element.scrollHeight - before.current.height
    before.current = { channel, first, height: element.scrollHeight }
  }, [channel, messages])

  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (stick.current) element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    for (const child of element.children) observer.observe(child)
    return () => observer.disconnect()
  }, [channel, loaded])

  return {
    box,
    atEnd,
    onScroll: () => {
      const element = box.current
      if (!element) return
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
      stick.current = near
      setAtEnd(near)
    },
    toEnd: () => {
      stick.current = true
      box.current?.scrollTo({ top: box.current.scrollHeight })
    },
  }
}

/** Reads new messages to those who do not see them; not what was there before. */
function Announcer({ messages }: { messages: Message[] }) {
  const { nameOf } = useLab()
  const last = messages.at(-1)
  const [start] = useState(last?.id)
  const text = last && last.id !== start ? `${nameOf(last.author)}: ${summary(last)}` : ''
  return (
    <VisuallyHidden aria-live="polite" role="status">
      {text}
    </VisuallyHidden>
  )
}

function summary(message: Message): string {
  if (((message.flags ?? 0) & MessageFlag.Loading) !== 0) return 'is thinking'
  const embeds = (message.embeds ?? []).map((embed) => [embed.title, embed.description].filter(Boolean).join(', '))
  return [plainText(parse(message.content)), ...embeds].filter(Boolean).join('. ').slice(0, 400)
}

function Beginning({ channel, empty }: { channel: Channel; empty: boolean }) {
  return (
    <div className={classes.beginning}>
      <span className={classes.hash}>
        <IconHash size={30} aria-hidden />
      </span>
      <h2>Welcome to #{channel.name}</h2>
      <p>
        {empty
          ? 'Nothing has been said here yet. Write a message below, or type / to run a command of a plugin.'
          : `This is where #${channel.name} begins.`}
      </p>
    </div>
  )
}

function Loading() {
  return (
    <Stack className={classes.messages} justify="flex-end" gap="lg" p="md" aria-busy>
      <VisuallyHidden>Loading messages</VisuallyHidden>
      {[70, 45, 60].map((width) => (
        <div key={width} className={classes.ghost}>
          <Skeleton circle height={40} />
          <div>
            <Skeleton height={12} width={110} mb={8} />
            <Skeleton height={12} width={`${width}%`} />
          </div>
        </div>
      ))}
      <Text size="xs">&nbsp;</Text>
    </Stack>
  )
}
