import { Button, Group, Modal, MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import type { Member } from '../discord/types'
import { Failure } from '../shared/Failure'
import { useLab } from './people'
import { stage } from './stage'

const MINUTE = 60_000
const TIMEOUTS = [
  { value: 'keep', label: 'As it is' },
  { value: '0', label: 'No time-out' },
  { value: String(MINUTE), label: '1 minute' },
  { value: String(10 * MINUTE), label: '10 minutes' },
  { value: String(60 * MINUTE), label: '1 hour' },
  { value: String(24 * 60 * MINUTE), label: '1 day' },
]

/** Changes a member as the server's owner would: nickname, roles, time-out. `now` is the lab's own time. */
export function MemberDialog({ member, now, onClose }: { member: Member; now: () => Promise<string>; onClose: () => void }) {
  const { guild, nameOf } = useLab()
  const queries = useQueryClient()
  const [nick, setNick] = useState(member.nick ?? '')
  const [roles, setRoles] = useState(member.roles)
  const [timeout, setTimeout] = useState('keep')
  const save = useMutation({
    mutationFn: async () => {
      const until = async () => (timeout === '0' ? null : new Date(Date.parse(await now()) + Number(timeout)).toISOString())
      return stage.changeMember(guild.id, member.user.id, {
        nick: nick.trim() || null,
        roles,
        ...(timeout === 'keep' ? {} : { communication_disabled_until: await until() }),
      })
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['lab', 'state'] })
      onClose()
    },
  })
  const assignable = guild.roles.filter((role) => role.id !== guild.id && !role.managed)
  return (
    <Modal opened onClose={onClose} centered title={`Change ${nameOf(member.user)}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Nickname"
            placeholder={member.user.global_name ?? member.user.username}
            value={nick}
            maxLength={32}
            data-autofocus
            autoComplete="off"
            onChange={(event) => setNick(event.currentTarget.value)}
          />
          <MultiSelect
            label="Roles"
            data={assignable.map(({ id, name }) => ({ value: id, label: name }))}
            value={roles.filter((id) => assignable.some((role) => role.id === id))}
            onChange={(chosen) => setRoles([...roles.filter((id) => !assignable.some((role) => role.id === id)), ...chosen])}
          />
          <Select label="Time-out" data={TIMEOUTS} value={timeout} allowDeselect={false} onChange={(next) => next && setTimeout(next)} />
          {save.isError && <Failure title="That did not work" detail={sentence(save.error)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
