import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconDots, IconMessages, IconPencil, IconPin, IconPinnedOff, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { sentence } from '../api/problem'
import type { Message } from './types'

export interface MessageMenuActions {
  /** Rejects with the reason when it was not changed. */
  onEdit: (message: Message, content: string) => Promise<void>
  onPin: (message: Message, pinned: boolean) => void
  /** Rejects with the reason when there is no thread; left out where none can be started. */
  onThread?: (message: Message, name: string) => Promise<void>
  onDelete: (message: Message) => void
}

interface Props extends MessageMenuActions {
  message: Message
  /** Who wrote it, for those who hear the page. */
  name: string
  /** The member one acts as wrote it. */
  own: boolean
}

/** What else can be done with a message; whether the member may is Discord's rule, and told when it says no. */
export function MessageMenu({ message, name, own, onEdit, onPin, onThread, onDelete }: Props) {
  const [asking, ask] = useState<'edit' | 'thread'>()
  const pinned = message.pinned ?? false
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for the message of ${name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {own && (
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => ask('edit')}>
              Edit…
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={pinned ? <IconPinnedOff size={16} /> : <IconPin size={16} />}
            onClick={() => onPin(message, !pinned)}
          >
            {pinned ? 'Unpin' : 'Pin'}
          </Menu.Item>
          {onThread && (
            <Menu.Item leftSection={<IconMessages size={16} />} onClick={() => ask('thread')}>
              Start a thread…
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onDelete(message)}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === 'edit' && <EditDialog message={message} onEdit={onEdit} onClose={() => ask(undefined)} />}
      {asking === 'thread' && onThread && (
        <ThreadDialog onStart={(title) => onThread(message, title)} onClose={() => ask(undefined)} />
      )}
    </>
  )
}

/** Asks for a thread's name. */
export function ThreadDialog({ onStart, onClose }: { onStart: (name: string) => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState('')
  const start = useMutation({ mutationFn: () => onStart(name.trim()), onSuccess: onClose })
  return (
    <Modal opened onClose={onClose} centered title="Start a thread" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) start.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            value={name}
            maxLength={100}
            data-autofocus
            autoComplete="off"
            error={start.isError ? sentence(start.error) : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={start.isPending} disabled={!name.trim()}>
              Start
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function EditDialog({ message, onEdit, onClose }: Pick<Props, 'message' | 'onEdit'> & { onClose: () => void }) {
  const [text, setText] = useState(message.content)
  const save = useMutation({ mutationFn: () => onEdit(message, text.trim()), onSuccess: onClose })
  return (
    <Modal opened onClose={onClose} centered title="Edit the message" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim()) save.mutate()
        }}
      >
        <Stack>
          <Textarea
            aria-label="Message"
            value={text}
            autosize
            minRows={2}
            maxLength={2000}
            data-autofocus
            error={save.isError ? sentence(save.error) : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!text.trim()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
