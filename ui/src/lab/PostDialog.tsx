import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import type { Channel } from '../discord/types'
import { useLab } from './people'
import { stage } from './stage'

interface Props {
  forum: Channel
  onClose: () => void
  onCreated: (post: Channel) => void
}

/** A post in a forum: a thread with its first message, by the member one acts as. */
export function PostDialog({ forum, onClose, onCreated }: Props) {
  const { acting } = useLab()
  const queries = useQueryClient()
  const [title, setTitle] = useState('')
  const [text, setText] = useState('')
  const ready = title.trim() !== '' && text.trim() !== ''
  const post = useMutation({
    mutationFn: () => stage.startPost(forum.id, acting.user.id, title.trim(), text.trim()),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
      onCreated(made)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={`New post in ${forum.name}`} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) post.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Title"
            maxLength={100}
            data-autofocus
            autoComplete="off"
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <Textarea
            label="Message"
            autosize
            minRows={3}
            maxLength={2000}
            value={text}
            error={post.isError ? sentence(post.error) : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={post.isPending} disabled={!ready}>
              Post
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
