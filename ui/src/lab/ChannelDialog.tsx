import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { ChannelType, type Channel } from '../discord/types'
import { Failure } from '../shared/Failure'
import { useLab } from './people'
import { stage, type ChannelForm } from './stage'

const KINDS = [
  { value: String(ChannelType.Text), label: 'Text' },
  { value: String(ChannelType.Voice), label: 'Voice' },
  { value: String(ChannelType.Announcement), label: 'Announcements' },
  { value: String(ChannelType.Stage), label: 'Stage' },
  { value: String(ChannelType.Forum), label: 'Forum' },
  { value: String(ChannelType.Category), label: 'Category' },
]

interface Props {
  /** The channel to change; a new one when absent. */
  channel?: Channel | undefined
  onClose: () => void
  onCreated?: (channel: Channel) => void
}

/** Makes a channel, or changes or deletes one, as the owner of the simulated server would. */
export function ChannelDialog({ channel, onClose, onCreated }: Props) {
  const { guild } = useLab()
  const queries = useQueryClient()
  const [name, setName] = useState(channel?.name ?? '')
  const [kind, setKind] = useState(String(channel?.type ?? ChannelType.Text))
  const [topic, setTopic] = useState(channel?.topic ?? '')
  const [parent, setParent] = useState<string | null>(channel?.parent_id ?? null)
  const [asking, setAsking] = useState(false)
  const isCategory = kind === String(ChannelType.Category)
  const done = async () => {
    await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
    onClose()
  }
  const save = useMutation({
    mutationFn: async () => {
      const form: ChannelForm = { name: name.trim(), ...(isCategory ? {} : { topic: topic.trim() || null, parent_id: parent }) }
      if (channel) await stage.changeChannel(channel.id, form)
      else onCreated?.(await stage.createChannel(guild.id, { ...form, type: Number(kind) }))
    },
    onSuccess: done,
  })
  const remove = useMutation({ mutationFn: () => stage.deleteChannel(channel!.id), onSuccess: done })
  const failed = save.error ?? remove.error
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={channel ? `Change ${channel.name}` : 'New channel'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) save.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            value={name}
            maxLength={100}
            data-autofocus
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {!channel && <Select label="Kind" data={KINDS} value={kind} allowDeselect={false} onChange={(next) => next && setKind(next)} />}
          {!isCategory && (
            <>
              <Textarea
                label="Topic"
                description="What it is about; shown above the chat."
                value={topic}
                maxLength={1024}
                autosize
                minRows={1}
                onChange={(event) => setTopic(event.currentTarget.value)}
              />
              <Select
                label="Category"
                clearable
                placeholder="None"
                data={guild.channels
                  .filter((one) => one.type === ChannelType.Category)
                  .map((one) => ({ value: one.id, label: one.name }))}
                value={parent}
                onChange={setParent}
                clearButtonProps={{ 'aria-label': 'No category' }}
              />
            </>
          )}
          {failed && <Failure title="That did not work" detail={sentence(failed)} />}
          {asking ? (
            <Stack gap="xs" role="alert">
              <Text size="sm">
                {channel?.name} and all its messages are deleted from the simulated server. This cannot be undone.
              </Text>
              <Group justify="flex-end">
                <Button variant="default" onClick={() => setAsking(false)}>
                  Keep it
                </Button>
                <Button color="red.8" loading={remove.isPending} onClick={() => remove.mutate()}>
                  Delete
                </Button>
              </Group>
            </Stack>
          ) : (
            <Group justify="flex-end">
              {channel && (
                <Button variant="subtle" color="red" mr="auto" onClick={() => setAsking(true)}>
                  Delete…
                </Button>
              )}
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
                {channel ? 'Save' : 'Create'}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Modal>
  )
}
