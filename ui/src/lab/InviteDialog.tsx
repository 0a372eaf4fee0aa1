import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { lab } from './api'
import { useLab } from './people'

/** "Dan Brown" joins as the user `dan_brown`. */
function userName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32)
  return plain.length >= 2 ? plain : `member_${plain || 'x'}`
}

/** A made-up person, or another bot, joins the simulated server. */
export function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { guild } = useLab()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [bot, setBot] = useState(false)
  const join = useMutation({
    mutationFn: () => lab.join(guild.id, userName(name), name.trim(), bot),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
      setName('')
      setBot(false)
      onClose()
    },
  })
  return (
    <Modal opened={opened} onClose={onClose} title="Invite a new member" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) join.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            placeholder="Dana"
            maxLength={32}
            data-autofocus
            autoComplete="off"
            value={name}
            error={join.isError ? sentence(join.error) : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Checkbox label="This member is another bot" checked={bot} onChange={(event) => setBot(event.currentTarget.checked)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={join.isPending} disabled={!name.trim()}>
              Join
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
