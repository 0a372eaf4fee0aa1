import { ActionIcon, Badge, Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconDots, IconDoorExit, IconMask, IconUserPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { Avatar } from '../discord/Avatar'
import type { Member } from '../discord/types'
import { complain } from '../shared/notify'
import { lab } from './api'
import { useLab } from './people'
import classes from './lab.module.css'

/** Everyone in the guild; members can join and leave, which plugins get to know. */
export function MembersPanel() {
  const { guild } = useLab()
  const [inviting, invite] = useDisclosure()
  const groups = [
    { title: 'Members', members: guild.members.filter(({ user }) => !user.bot) },
    { title: 'Bots', members: guild.members.filter(({ user }) => user.bot) },
  ]
  return (
    <div className={classes.panelScroll}>
      <Stack gap="md" p="md">
        <Button leftSection={<IconUserPlus size={18} />} variant="light" onClick={invite.open}>
          Invite a new member
        </Button>
        <Text size="sm" c="var(--hm-muted)">
          These people are made up. Whatever they do reaches your plugins as if it happened on Discord.
        </Text>
        {groups.map(({ title, members }) =>
          members.length === 0 ? null : (
            <section key={title} aria-label={title}>
              <h3 className={classes.category}>
                {title} — {members.length}
              </h3>
              <ul className={classes.members}>
                {members.map((member) => (
                  <MemberRow key={member.user.id} member={member} />
                ))}
              </ul>
            </section>
          ),
        )}
      </Stack>
      <InviteDialog opened={inviting} onClose={invite.close} />
    </div>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { guild, bot, acting, setActing, nameOf, colorOf, role } = useLab()
  const queries = useQueryClient()
  const name = nameOf(member.user)
  const leave = useMutation({
    mutationFn: () => lab.leave(guild.id, member.user.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['lab', 'state'] }),
    onError: (error) => complain(`${name} could not leave`, error),
  })
  const roles = member.roles.map((id) => role(id)?.name).filter(Boolean)
  const now = acting.user.id === member.user.id
  const stays = member.user.id === guild.owner_id || member.user.id === bot.id
  return (
    <li className={classes.member}>
      <Avatar id={member.user.id} name={name} size={34} />
      <div className={classes.memberText}>
        <div className={classes.memberName} style={{ '--role': colorOf(member.user) } as React.CSSProperties}>
          {name}
          {member.user.id === guild.owner_id && (
            <Badge size="sm" variant="default" ml={6}>
              Owner
            </Badge>
          )}
          {now && (
            <Badge size="sm" variant="light" ml={6}>
              Acting
            </Badge>
          )}
        </div>
        <div className={classes.memberRoles}>{roles.length > 0 ? roles.join(', ') : member.user.username}</div>
      </div>
      {!(member.user.bot && stays) && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`} loading={leave.isPending}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!member.user.bot && (
              <Menu.Item leftSection={<IconMask size={16} />} disabled={now} onClick={() => setActing(member.user.id)}>
                {now ? 'You act as this member' : `Act as ${name}`}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconDoorExit size={16} />} disabled={stays} onClick={() => leave.mutate()}>
              {stays ? 'The owner cannot leave' : 'Leave the server'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}

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

function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
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
