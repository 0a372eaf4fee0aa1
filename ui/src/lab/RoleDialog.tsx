import { Button, Checkbox, ColorInput, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import type { Role } from '../discord/types'
import { Failure } from '../shared/Failure'
import { CHOICES, chosenOf, withChoices } from './permissions'
import { hex, useLab } from './people'
import { stage } from './stage'

const SWATCHES = ['#e91e63', '#e67e22', '#f1c40f', '#2ecc71', '#1abc9c', '#3498db', '#9b59b6']

/** Makes a role of the simulated server, or changes or deletes one. */
export function RoleDialog({ role, onClose }: { role?: Role | undefined; onClose: () => void }) {
  const { guild } = useLab()
  const queries = useQueryClient()
  const [name, setName] = useState(role?.name ?? '')
  const [color, setColor] = useState(hex(role?.color) ?? '')
  const [chosen, setChosen] = useState(() => chosenOf(role?.permissions))
  const done = async () => {
    await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
    onClose()
  }
  const save = useMutation({
    mutationFn: async () => {
      const form = { name: name.trim(), color: parseInt(color.slice(1), 16) || 0, permissions: withChoices(role?.permissions ?? '0', chosen) }
      await (role ? stage.changeRole(guild.id, role.id, form) : stage.createRole(guild.id, form))
    },
    onSuccess: done,
  })
  const remove = useMutation({ mutationFn: () => stage.deleteRole(guild.id, role!.id), onSuccess: done })
  const failed = save.error ?? remove.error
  return (
    <Modal opened onClose={onClose} centered title={role ? `Change ${role.name}` : 'New role'} closeButtonProps={{ 'aria-label': 'Close' }}>
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
          <ColorInput label="Colour" placeholder="None" value={color} swatches={SWATCHES} onChange={setColor} />
          <Checkbox.Group
            label="Members with this role may"
            value={[...chosen].map(String)}
            onChange={(bits) => setChosen(new Set(bits.map(BigInt)))}
          >
            <Stack gap={6} mt={6}>
              {CHOICES.map(({ bit, label }) => (
                <Checkbox key={label} label={label} value={String(bit)} />
              ))}
            </Stack>
          </Checkbox.Group>
          {failed && <Failure title="That did not work" detail={sentence(failed)} />}
          <Group justify="flex-end">
            {role && (
              <Button variant="subtle" color="red" mr="auto" loading={remove.isPending} onClick={() => remove.mutate()}>
                Delete the role
              </Button>
            )}
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
              {role ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
