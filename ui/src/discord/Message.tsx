/** One message of the chat. */

import { ActionIcon, Popover, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowBackUp, IconEye, IconMoodPlus, IconArrowForwardUp, IconPinned } from '@tabler/icons-react'
import { memo, useState } from 'react'
import { useLab } from '../lab/people'
import { Avatar } from './Avatar'
import { Components, emojiText } from './Components'
import { Embeds } from './Embeds'
import { Markdown } from './Markdown'
import { MessageMenu, type MessageMenuActions } from './MessageMenu'
import { parse, plainText } from './markdown'
import { clockTime, messageTime } from './time'
import { MessageFlag, MessageType, type Message, type PartialEmoji } from './types'
import classes from './chat.module.css'

export interface MessageActions extends MessageMenuActions {
  onUse: (message: Message, customId: string, values?: string[]) => void
  onReact: (message: Message, emoji: PartialEmoji, add: boolean) => void
  onReply: (message: Message) => void
}

interface Props extends MessageActions {
  message: Message
  /** It follows one of the same author closely, so it is drawn without a head. */
  follows: boolean
  waiting: string | undefined
  /** The last press of a component of this message went unanswered. */
  failed: boolean
}

const QUICK = ['👍', '❤️', '😂', '🎉', '😮', '😢', '👀', '✅', '❌', '☕', '🧹', '🍰']

export const MessageRow = memo(function MessageRow(props: Props) {
  const { message, follows, waiting, failed, onUse, onReact, onReply } = props
  const { nameOf, colorOf, acting } = useLab()
  const name = nameOf(message.author)
  const flags = message.flags ?? 0
  const secret = (flags & MessageFlag.Ephemeral) !== 0
  const mentioned = !secret && (message.mentions ?? []).some(({ id }) => id === acting.user.id)
  const event = happening(message)
  if (event) {
    return (
      <li className={classes.system}>
        <IconArrowForwardUp size={18} aria-hidden className={classes.join} />
        <span>
          <strong>{name}</strong> {event} <Time iso={message.timestamp} />
        </span>
      </li>
    )
  }
  const marks = [classes.message, follows ? classes.follows : '', secret ? classes.secret : '', mentioned ? classes.mentioned : '']
  return (
    <li className={marks.join(' ')} data-message={message.id}>
      <Above message={message} />
      <div className={classes.gutter}>
        {follows ? <span className={classes.hoverTime}>{clockTime(message.timestamp)}</span> : <Avatar id={message.author.id} name={name} />}
      </div>
      <div className={classes.content}>
        {follows ? (
          <VisuallyHidden>{name}: </VisuallyHidden>
        ) : (
          <div className={classes.head}>
            <span className={classes.name} style={{ '--role': colorOf(message.author) } as React.CSSProperties}>
              {name}
            </span>
            {message.author.bot && <span className={classes.tag}>APP</span>}
            <Time iso={message.timestamp} />
            {message.pinned && <IconPinned size={14} role="img" aria-label="Pinned" />}
          </div>
        )}
        {(flags & MessageFlag.Loading) !== 0 ? (
          <Thinking name={name} />
        ) : (
          <>
            {message.content && (
              <Markdown text={message.content}>
                {message.edited_timestamp && (
                  <span className={classes.edited} title={messageTime(message.edited_timestamp)}>
                    (edited)
                  </span>
                )}
              </Markdown>
            )}
          </>
        )}
        {message.embeds && message.embeds.length > 0 && <Embeds embeds={message.embeds} />}
        {message.attachments?.map((file) => (
          <div key={file.id} className={classes.file}>
            📎 {file.filename} <span>({Math.max(1, Math.round(file.size / 1024))} KB)</span>
          </div>
        ))}
        {message.components && message.components.length > 0 && (
          <Components rows={message.components} waiting={waiting} onUse={(id, values) => onUse(message, id, values)} />
        )}
        {failed && (
          <div role="alert" className={classes.failed}>
            This interaction failed: no answer came in time.
          </div>
        )}
        {message.reactions && message.reactions.length > 0 && (
          <Reactions message={message} onReact={onReact} />
        )}
        {secret && (
          <div className={classes.onlyYou}>
            <IconEye size={14} aria-hidden /> Only {nameOf(acting.user)} can see this
          </div>
        )}
      </div>
      {!secret && (flags & MessageFlag.Loading) === 0 && (
        <div className={classes.tools}>
          <EmojiPicker name={name} onPick={(emoji) => onReact(message, { name: emoji }, true)} />
          <Tooltip label="Reply">
            <ActionIcon variant="subtle" color="gray" aria-label={`Reply to ${name}`} onClick={() => onReply(message)}>
              <IconArrowBackUp size={18} />
            </ActionIcon>
          </Tooltip>
          <MessageMenu
            message={message}
            name={name}
            own={message.author.id === acting.user.id}
            onEdit={props.onEdit}
            onPin={props.onPin}
            onThread={props.onThread}
            onDelete={props.onDelete}
          />
        </div>
      )}
    </li>
  )
})

/** What a message tells that nobody wrote. */
function happening({ type, content }: Message): string | undefined {
  switch (type) {
    case MessageType.Join:
      return 'joined the server.'
    case MessageType.Pinned:
      return 'pinned a message.'
    case MessageType.ThreadCreated:
      return `started the thread ${content}.`
    default:
      return undefined
  }
}

function Time({ iso }: { iso: string }) {
  return (
    <time className={classes.time} dateTime={iso}>
      {messageTime(iso)}
    </time>
  )
}

/** What the message answers: another message, or a command somebody used. */
function Above({ message }: { message: Message }) {
  const { nameOf } = useLab()
  const used = message.interaction ?? message.interaction_metadata
  if (used?.name && used.user) {
    return (
      <div className={classes.above}>
        <Avatar id={used.user.id} name={nameOf(used.user)} size={16} />
        <span>
          <strong>{nameOf(used.user)}</strong> used <span className={classes.command}>/{used.name}</span>
        </span>
      </div>
    )
  }
  if (message.type !== MessageType.Reply && !message.message_reference?.message_id) return null
  const answered = message.referenced_message
  return (
    <div className={classes.above}>
      {answered ? (
        <>
          <Avatar id={answered.author.id} name={nameOf(answered.author)} size={16} />
          <span className={classes.cut}>
            <strong>{nameOf(answered.author)}</strong> {plainText(parse(answered.content)) || 'an embed'}
          </span>
        </>
      ) : (
        <em>The original message was deleted</em>
      )}
    </div>
  )
}

function Thinking({ name }: { name: string }) {
  return (
    <div className={classes.thinking}>
      <span className={classes.dots} aria-hidden>
        <i />
        <i />
        <i />
      </span>
      {name} is thinking…
    </div>
  )
}

function Reactions({ message, onReact }: Pick<Props, 'message' | 'onReact'>) {
  return (
    <div className={classes.reactions}>
      {message.reactions?.map((reaction) => {
        const text = emojiText(reaction.emoji)
        return (
          <UnstyledButton
            key={`${reaction.emoji.id ?? ''}${reaction.emoji.name ?? ''}`}
            className={classes.reaction}
            aria-pressed={reaction.me ?? false}
            aria-label={`${text}, ${reaction.count}`}
            onClick={() => onReact(message, reaction.emoji, !reaction.me)}
          >
            <span aria-hidden>{text}</span> {reaction.count}
          </UnstyledButton>
        )
      })}
    </div>
  )
}

function EmojiPicker({ name, onPick }: { name: string; onPick: (emoji: string) => void }) {
  const [open, setOpen] = useState(false)
  return (
    <Popover opened={open} onChange={setOpen} position="top-end" withArrow trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Tooltip label="React">
          <ActionIcon variant="subtle" color="gray" aria-label={`React to ${name}`} onClick={() => setOpen(!open)}>
            <IconMoodPlus size={18} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <div className={classes.emojis}>
          {QUICK.map((emoji) => (
            <UnstyledButton
              key={emoji}
              className={classes.emojiButton}
              aria-label={`React with ${emoji}`}
              onClick={() => {
                onPick(emoji)
                setOpen(false)
              }}
            >
              {emoji}
            </UnstyledButton>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
