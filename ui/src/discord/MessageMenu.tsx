import { ActionIcon, Button, Group, Menu, Modal, Stack, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { sentence } from '../api/problem'
import type { Message } from './types'

interface Props {
  message: Message
  /** Who wrote it, for those who hear the page. */
  name: string
  /** The member one acts as wrote it. */
  own: boolean
  onEdit: (message: Message, content: string) => Promise<void>
  onDelete: (message: Message) => void
}

/** What else can be done with a message; whether the member may is Discord's rule, and told when it says no. */
export function MessageMenu({ message, name, own, onEdit, onDelete }: Props) {
  const [editing, setEditing] = useState(false)
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
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>
              Edit…
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onDelete(message)}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {editing && <EditDialog message={message} onEdit={onEdit} onClose={() => setEditing(false)} />}
    </>
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
