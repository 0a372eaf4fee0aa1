import { Button, Stack, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconPlus, IconUserPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Member, Role } from '../discord/types'
import { complain } from '../shared/notify'
import { InviteDialog } from './InviteDialog'
import { MemberDialog } from './MemberDialog'
import { MemberRow } from './MemberRow'
import { RoleDialog } from './RoleDialog'
import { hex, useLab } from './people'
import { clockQuery, stage } from './stage'
import classes from './lab.module.css'

/** Everyone in the guild and its roles; whatever happens to them reaches the plugins as on Discord. */
export function MembersPanel() {
  const { guild } = useLab()
  const queries = useQueryClient()
  const [inviting, invite] = useDisclosure()
  const [edited, edit] = useState<Member>()
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
                  <MemberRow key={member.user.id} member={member} onEdit={edit} />
                ))}
              </ul>
            </section>
          ),
        )}
        <Banned />
        <Roles />
      </Stack>
      <InviteDialog opened={inviting} onClose={invite.close} />
      {edited && (
        <MemberDialog
          member={edited}
          now={async () => (await queries.fetchQuery({ ...clockQuery, staleTime: 0 })).now}
          onClose={() => edit(undefined)}
        />
      )}
    </div>
  )
}

function Banned() {
  const { guild } = useLab()
  const queries = useQueryClient()
  const unban = useMutation({
    mutationFn: (user: string) => stage.unban(guild.id, user),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['lab', 'state'] }),
    onError: (error) => complain('The ban was not lifted', error),
  })
  if (!guild.bans?.length) return null
  return (
    <section aria-label="Banned">
      <h3 className={classes.category}>Banned — {guild.bans.length}</h3>
      <ul className={classes.members}>
        {guild.bans.map((user) => (
          <li key={user.id} className={classes.member}>
            <div className={classes.memberText}>{user.global_name ?? user.username}</div>
            <Button size="compact-sm" variant="default" onClick={() => unban.mutate(user.id)}>
              Lift the ban
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Roles() {
  const { guild } = useLab()
  const [edited, edit] = useState<Role | 'new'>()
  const own = guild.roles.filter(({ id, managed }) => id !== guild.id && !managed).sort((a, b) => (b.position ?? 0) - (a.position ?? 0))
  return (
    <section aria-label="Roles">
      <h3 className={classes.category}>Roles — {own.length}</h3>
      <ul className={classes.members}>
        {own.map((role) => (
          <li key={role.id}>
            <UnstyledButton className={classes.role} onClick={() => edit(role)} aria-label={`Change the role ${role.name}`}>
              <span className={classes.roleDot} style={{ background: hex(role.color) ?? 'var(--hm-line-strong)' }} />
              {role.name}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <Button mt={6} size="compact-sm" variant="subtle" leftSection={<IconPlus size={16} />} onClick={() => edit('new')}>
        New role
      </Button>
      {edited && <RoleDialog role={edited === 'new' ? undefined : edited} onClose={() => edit(undefined)} />}
    </section>
  )
}
