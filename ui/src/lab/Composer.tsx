/** Writes as any member, and runs commands: a slash opens the list of them. */

import { ActionIcon, CloseButton, Textarea, Tooltip } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { IconSend2, IconSlash } from '@tabler/icons-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { sentence } from '../api/problem'
import { label, matching, runnables, type Runnable } from '../discord/options'
import type { Channel, Message } from '../discord/types'
import { commandsQuery, lab } from './api'
import { CommandForm } from './CommandForm'
import { CommandList } from './CommandList'
import type { Interactions } from './interactions'
import { MemberPicker } from './MemberPicker'
import { useLab } from './people'
import classes from './composer.module.css'

/** Discord's own limit. */
const LONGEST = 2000

interface Props {
  channel: Channel
  interactions: Interactions
  replyTo: Message | undefined
  onReplyDone: () => void
}

export function Composer({ channel, interactions, replyTo, onReplyDone }: Props) {
  const { guild, acting, nameOf } = useLab()
  const [text, setText] = useState('')
  const [command, setCommand] = useState<Runnable>()
  const [marked, setMarked] = useState(0)
  const [closed, setClosed] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const commands = useQuery(commandsQuery(guild.id))
  const all = runnables(commands.data ?? [])
  const typed = text.startsWith('/') && !text.includes('\n') ? text.slice(1) : undefined
  const choices = typed === undefined ? [] : matching(all, typed)
  const open = typed !== undefined && !closed && !command
  const active = Math.min(marked, Math.max(choices.length - 1, 0))

  useEffect(() => {
    if (replyTo) field.current?.focus()
  }, [replyTo])

  const send = useMutation({
    mutationFn: (content: string) => lab.post(channel.id, acting.user.id, content, replyTo?.id),
    onSuccess: () => {
      setText('')
      onReplyDone()
    },
  })

  const choose = (runnable: Runnable) => {
    setCommand(runnable)
    setText('')
    setMarked(0)
  }
  const leaveCommand = () => {
    setCommand(undefined)
    // The field is drawn again first.
    requestAnimationFrame(() => field.current?.focus())
  }
  const submit = () => {
    const content = text.trim()
    if (content && content.length <= LONGEST && !send.isPending) send.mutate(content)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing) return
    if (open && choices.length > 0) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault()
        const step = event.key === 'ArrowDown' ? 1 : -1
        setMarked((active + step + choices.length) % choices.length)
        return
      }
      if (event.key === 'Enter' || event.key === 'Tab') {
        event.preventDefault()
        choose(choices[active]!)
        return
      }
    }
    if (event.key === 'Escape') {
      if (open) setClosed(true)
      else if (replyTo) onReplyDone()
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      submit()
    }
  }

  if (command) {
    return (
      <div className={classes.composer}>
        <CommandForm key={label(command)} channel={channel} command={command} interactions={interactions} onDone={leaveCommand} />
      </div>
    )
  }
  const left = LONGEST - text.length
  return (
    <div className={classes.composer}>
      {open && (
        <CommandList
          id={listId}
          choices={choices}
          active={active}
          none={commands.isPending ? 'Loading commands…' : nothing(all.length, typed)}
          onMark={setMarked}
          onChoose={choose}
        />
      )}
      {replyTo && (
        <div className={classes.replying}>
          <span>
            Replying to <strong>{nameOf(replyTo.author)}</strong>
          </span>
          <CloseButton size="sm" aria-label="Do not reply" onClick={onReplyDone} />
        </div>
      )}
      {send.isError && (
        <div role="alert" className={classes.error}>
          {sentence(send.error)}
        </div>
      )}
      <div className={classes.bar}>
        <MemberPicker />
        <Textarea
          ref={field}
          className={classes.field}
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={10}
          value={text}
          placeholder={`Message #${channel.name} as ${nameOf(acting.user)}`}
          aria-label={`Message #${channel.name} as ${nameOf(acting.user)}. Type a slash for commands.`}
          role="combobox"
          aria-expanded={open}
          aria-controls={open ? listId : undefined}
          aria-autocomplete="list"
          aria-activedescendant={open && choices.length > 0 ? `${listId}-${active}` : undefined}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setMarked(0)
            setClosed(false)
            if (send.isError) send.reset()
          }}
          onKeyDown={onKeyDown}
        />
        {left < 200 && (
          <span className={left < 0 ? classes.tooLong : classes.left} aria-live="polite">
            {left}
          </span>
        )}
        <Tooltip label="Commands">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Show commands"
            onClick={() => {
              setText('/')
              setClosed(false)
              field.current?.focus()
            }}
          >
            <IconSlash size={20} />
          </ActionIcon>
        </Tooltip>
        <ActionIcon
          variant={text.trim() ? 'filled' : 'subtle'}
          color={text.trim() ? 'iris' : 'gray'}
          size="lg"
          aria-label="Send"
          loading={send.isPending}
          onClick={submit}
        >
          <IconSend2 size={18} />
        </ActionIcon>
      </div>
    </div>
  )
}

function nothing(known: number, typed: string): string {
  return known === 0
    ? 'No plugin offers a command here yet. Add one in the Plugins panel, and start it.'
    : `No command matches “${typed.trim()}”.`
}
