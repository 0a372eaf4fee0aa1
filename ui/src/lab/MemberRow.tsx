import { ActionIcon, Badge, Menu } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { IconBan, IconDoorExit, IconDots, IconMask, IconPencil, IconUserMinus, IconVolume, IconVolumeOff } from '@tabler/icons-react'
import { Avatar } from '../discord/Avatar'
import { ChannelType, type Member } from '../discord/types'
import { complain, tell } from '../shared/notify'
import { lab } from './api'
import { useLab } from './people'
import { stage } from './stage'
import classes from './lab.module.css'

/** One member, with all that can happen to them. */
export function MemberRow({ member, onEdit }: { member: Member; onEdit: (member: Member) => void }) {
  const { guild, bot, acting, setActing, nameOf, colorOf, role, channel } = useLab()
  const queries = useQueryClient()
  const name = nameOf(member.user)
  const act = useMutation({
    mutationFn: ({ deed }: { deed: () => Promise<unknown>; done?: string }) => deed(),
    onSuccess: (_, { done }) => {
      if (done) tell(done)
      return queries.invalidateQueries({ queryKey: ['lab', 'state'] })
    },
    onError: (error) => complain(`That did not work for ${name}`, error),
  })
  const roles = member.roles.map((id) => role(id)?.name).filter(Boolean)
  const now = acting.user.id === member.user.id
  const owner = member.user.id === guild.owner_id
  const stays = owner || member.user.id === bot.id
  const heard = guild.voice_states?.find(({ user_id }) => user_id === member.user.id)?.channel_id ?? undefined
  const rooms = guild.channels.filter(({ type }) => type === ChannelType.Voice || type === ChannelType.Stage)
  return (
    <li className={classes.member}>
      <Avatar id={member.user.id} name={name} size={34} />
      <div className={classes.memberText}>
        <div className={classes.memberName} style={{ '--role': colorOf(member.user) } as React.CSSProperties}>
          {name}
          {owner && (
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
        <div className={classes.memberRoles}>
          {heard && (
            <>
              <IconVolume size={13} aria-hidden /> {channel(heard)?.name}
              {' · '}
            </>
          )}
          {isTimedOut(member) && 'Timed out · '}
          {roles.length > 0 ? roles.join(', ') : member.user.username}
        </div>
      </div>
      {member.user.id !== bot.id && (
        <Menu position="bottom-end" shadow="md" width={230}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`} loading={act.isPending}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {!member.user.bot && (
              <Menu.Item leftSection={<IconMask size={16} />} disabled={now} onClick={() => setActing(member.user.id)}>
                {now ? 'You act as this member' : `Act as ${name}`}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onEdit(member)}>
              Change…
            </Menu.Item>
            {rooms
              .filter(({ id }) => id !== heard)
              .map((room) => (
                <Menu.Item
                  key={room.id}
                  leftSection={<IconVolume size={16} />}
                  onClick={() => act.mutate({ deed: () => stage.voice(guild.id, member.user.id, { channel_id: room.id }) })}
                >
                  Join {room.name}
                </Menu.Item>
              ))}
            {heard && (
              <Menu.Item
                leftSection={<IconVolumeOff size={16} />}
                onClick={() => act.mutate({ deed: () => stage.voice(guild.id, member.user.id, { channel_id: null }) })}
              >
                Leave voice
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconDoorExit size={16} />}
              disabled={stays}
              onClick={() => act.mutate({ deed: () => lab.leave(guild.id, member.user.id), done: `${name} left the server.` })}
            >
              {stays ? 'The owner cannot leave' : 'Leave the server'}
            </Menu.Item>
            {!stays && !now && (
              <Menu.Item
                leftSection={<IconUserMinus size={16} />}
                onClick={() => act.mutate({ deed: () => stage.kick(guild.id, member.user.id, acting.user.id), done: `${name} was kicked.` })}
              >
                Kick, as {nameOf(acting.user)}
              </Menu.Item>
            )}
            {!stays && (
              <Menu.Item
                color="red"
                leftSection={<IconBan size={16} />}
                onClick={() => act.mutate({ deed: () => stage.ban(guild.id, member.user.id), done: `${name} is banned.` })}
              >
                Ban
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}

/** The simulator takes an old time-out away when something looks at it; a value means that one was set. */
function isTimedOut({ communication_disabled_until: until }: Member): boolean {
  return Boolean(until)
}
